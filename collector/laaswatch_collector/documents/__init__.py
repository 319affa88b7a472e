"""Documents: the facts of an office and a month in, a letter, a memo or a sheet out (DOCX, PDF, HTML).

Pure: a document is a function of conclusions that the store keeps, so that the same facts give the same pages.
It states facts for consideration and never calls anything excused.
"""
