"""What did the ads do? Read models for pages and exports: sums in SQL, rates from sums, never a sum of currencies."""
