"""Messages: an event in, one message out. A channel (e-mail, LINE, webhook) is a file of this folder.

Only `jobs`, `server` and the commands may call it; nothing of the core knows that it exists.
"""
