"""What a service sees of its own data: reports, quality, one client's record, and an extract.

period     which months, as somebody chose them
rows       what of the service's data reports may use: consent is asked there, once
asking     questions to PostgreSQL; plain values come back
figures    from those values to tables: the numbers, without a database
charts     a picture of a table
quality    what is incomplete, late, doubtful or impossible
subject    all that is held about one client, in words; `paper` makes a PDF of it
extract    the service's data as files that can be uploaded again
"""
