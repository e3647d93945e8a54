import GRDB

/// The tables of the catalog's file, version 11; described in the article `CatalogSchema`.
enum CatalogSchema {
    /// `PRAGMA application_id`: "LDog".
    static let applicationID = 0x4c44_6f67
    /// `PRAGMA user_version`; a file of another version is rebuilt from the journal.
    static let version = 11

    /// Creates all tables in an empty file.
    static func create(in database: Database) throws {
        for statement in statements { try database.execute(sql: statement) }
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(version)")
    }

    private static let statements = [
        """
        CREATE TABLE checkpoint (
            id INTEGER PRIMARY KEY CHECK (id = 1), reached INTEGER NOT NULL,
            time INTEGER NOT NULL, digest BLOB NOT NULL, open_streams INTEGER NOT NULL,
            checksum INTEGER NOT NULL)
        """,
        """
        CREATE TABLE prefix (
            id INTEGER PRIMARY KEY, project TEXT NOT NULL, hash BLOB NOT NULL,
            prefix TEXT NOT NULL, realm TEXT, source BLOB NOT NULL, secret BLOB NOT NULL,
            nonce BLOB NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
            deleted INTEGER, held INTEGER,
            checksum INTEGER NOT NULL)
        """,
        """
        CREATE TABLE configuration (
            id INTEGER PRIMARY KEY CHECK (id = 1), hash BLOB NOT NULL, since INTEGER NOT NULL,
            content TEXT NOT NULL, checksum INTEGER NOT NULL)
        """,
        """
        CREATE TABLE retention (
            id INTEGER PRIMARY KEY CHECK (id = 1), paused INTEGER NOT NULL,
            since INTEGER NOT NULL, checksum INTEGER NOT NULL)
        """,
        "CREATE INDEX prefix_by_hash ON prefix (project, hash)",
        "CREATE INDEX prefix_by_end ON prefix (expires)",
        "CREATE INDEX prefix_deleted ON prefix (deleted) WHERE deleted IS NOT NULL",
        """
        CREATE TABLE stream (
            id INTEGER PRIMARY KEY, prefix INTEGER NOT NULL, project TEXT NOT NULL,
            hash BLOB NOT NULL, name TEXT NOT NULL, ending TEXT NOT NULL,
            proto_version TEXT NOT NULL, content_type TEXT NOT NULL, stream_type INTEGER NOT NULL, descriptor BLOB NOT NULL,
            secret BLOB NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
            terminal_index INTEGER, terminated INTEGER, archival_key BLOB NOT NULL,
            archived INTEGER, entry_count INTEGER, stream_url TEXT, stream_size INTEGER,
            index_url TEXT, index_size INTEGER, data_url TEXT, data_size INTEGER,
            purged INTEGER NOT NULL, checksum INTEGER NOT NULL)
        """,
        "CREATE INDEX stream_by_prefix ON stream (prefix, hash, name)",
        "CREATE INDEX stream_by_name ON stream (prefix, name, hash)",
        "CREATE INDEX stream_by_ending ON stream (prefix, ending, hash)",
        "CREATE INDEX stream_by_hash ON stream (project, hash)",
        "CREATE INDEX stream_by_age ON stream (project, created)",
        "CREATE INDEX stream_by_archival ON stream (archived, prefix)",
        """
        CREATE TABLE posting_by_hash (
            prefix INTEGER NOT NULL, term INTEGER NOT NULL, place INTEGER NOT NULL,
            stream INTEGER NOT NULL, PRIMARY KEY (prefix, term, place, stream)) WITHOUT ROWID
        """,
        """
        CREATE TABLE posting_by_age (
            term INTEGER NOT NULL, created INTEGER NOT NULL, stream INTEGER NOT NULL,
            PRIMARY KEY (term, created, stream)) WITHOUT ROWID
        """,
        """
        CREATE TABLE posting_sum (
            id INTEGER PRIMARY KEY CHECK (id = 1), by_hash INTEGER NOT NULL,
            by_age INTEGER NOT NULL, checksum INTEGER NOT NULL)
        """,
        """
        CREATE TABLE archive_task (
            id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, reason INTEGER NOT NULL,
            due INTEGER NOT NULL, retries INTEGER NOT NULL, place INTEGER NOT NULL,
            since INTEGER NOT NULL, until INTEGER NOT NULL, failure TEXT NOT NULL,
            settle INTEGER, complete INTEGER,
            checksum INTEGER NOT NULL)
        """,
        "CREATE INDEX archive_task_by_stream ON archive_task (stream)",
        """
        CREATE TABLE pending (
            id INTEGER PRIMARY KEY, root INTEGER NOT NULL, name TEXT, due INTEGER NOT NULL,
            priority INTEGER NOT NULL, attempts INTEGER NOT NULL, payload BLOB NOT NULL,
            checksum INTEGER NOT NULL)
        """,
        "CREATE INDEX pending_by_due ON pending (due)",
        """
        CREATE TABLE journal_segment (
            first_record INTEGER PRIMARY KEY, checksum INTEGER NOT NULL)
        """,
    ]
}
