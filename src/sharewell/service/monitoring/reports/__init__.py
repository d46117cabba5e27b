"""The report of a quarter or a year: counted, protected, shown to commissioners, published.

Pages here count nothing. They show what a job prepared: figures that left disclosure control as a
release of the ledger, each cell as it was released.
"""
