"""The collector's configuration: one YAML file, checked against the classes below; every key has a default."""

import msgspec


class CollectorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See config/collector.yaml for what each key means."""

    listen: str = "127.0.0.1:8080"
    database: str = "sqlite:///laaswatch.db"
    title_th: str = "laaswatch"
    title_en: str = "laaswatch"
    stand_in_th: str = ""
    stand_in_en: str = ""
