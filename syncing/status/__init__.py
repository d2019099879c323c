"""Read models: what pages, API and commands show of connections and jobs, in few indexed queries."""
