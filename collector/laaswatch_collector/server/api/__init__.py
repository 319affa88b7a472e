"""The read API, `/api/v1`: what the pages show, for programs, as JSON or CSV.

    endpoint.py   one endpoint: path, parameters, shape of the answer, who may
    asking.py     query strings in, checked values out
    shapes.py     what is answered, as classes
    answering.py  JSON or CSV, pages, ETags
    openapi.py    the OpenAPI 3.1 document, made from the endpoints

The endpoints themselves stand in a module per noun; each asks the same functions of `store.views` as the pages.
"""
