"""The sandbox as a process of its own, without Django: `python -m connections.sandbox FOLDER`."""

import sys
from pathlib import Path

from connections.sandbox.serving import first_port, serve

if __name__ == "__main__":
    serve(first_port(), Path(sys.argv[1]))
