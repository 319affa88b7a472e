"""Run by Alembic inside the transaction that `store.migrate` has opened."""

from alembic import context

from laaswatch_collector.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making a new one
)
context.run_migrations()
