using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>Databases of every kind that SQLite can make, each by its script for the stock shell.</summary>
internal static class SqliteZoo
{
    private const string Series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300)";

    /// <summary>Script by name.</summary>
    public static readonly IReadOnlyDictionary<string, string> Scripts = new Dictionary<string, string>
    {
        ["strict"] =
            $"CREATE TABLE s(i INT, r REAL, t TEXT, b BLOB, a ANY, PRIMARY KEY(i)) STRICT; {Series} INSERT INTO s SELECT i, i*0.5, 'row " +
            $"'||i, randomblob(20), CASE i%3 WHEN 0 THEN i WHEN 1 THEN 'text' END FROM n;",
        ["generated"] =
            $"CREATE TABLE g(a INT, b TEXT, v INT GENERATED ALWAYS AS (a*2) VIRTUAL, s TEXT AS (b||'!') STORED, UNIQUE(v)); {Series} " +
            $"INSERT INTO g(a,b) SELECT i, 'b'||i FROM n;",
        ["fts5"] =
            $"CREATE VIRTUAL TABLE f USING fts5(title, body); {Series} INSERT INTO f SELECT 'title '||i, 'some words and number '||i " +
            $"FROM n; DELETE FROM f WHERE rowid%7=0;",
        ["rtree"] =
            $"CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1, +note); {Series} INSERT INTO r SELECT i, i, i+1, -i, i, 'n'||i FROM " +
            $"n;",
        ["without-rowid"] =
            $"CREATE TABLE w(k TEXT, n INT, v BLOB, PRIMARY KEY(n DESC, k)) WITHOUT ROWID; {Series} INSERT INTO w SELECT 'k'||i, i%9, " +
            $"randomblob(i) FROM n; CREATE INDEX wv ON w(v) WHERE n>3;",
        ["views-and-triggers"] =
            $"CREATE TABLE t(a, b); CREATE TABLE log(what); CREATE VIEW v AS SELECT a, sum(b) FROM t GROUP BY a; CREATE TRIGGER tr AFTER " +
            $"INSERT ON t BEGIN INSERT INTO log VALUES ('insert '||new.a); END; CREATE TRIGGER tv INSTEAD OF INSERT ON v BEGIN INSERT " +
            $"INTO t VALUES (new.a, 1); END; {Series} INSERT INTO t SELECT i%10, i FROM n; CREATE INDEX te ON t(a+b);",
        ["foreign-keys"] =
            $"CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL CHECK(length(n)>0)); CREATE TABLE c(p REFERENCES " +
            $"p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED); {Series} INSERT INTO p(n) SELECT 'p'||i FROM n; INSERT INTO c " +
            $"SELECT id FROM p; DELETE FROM p WHERE id=300; DELETE FROM c WHERE p=300; ANALYZE;",
        ["auto-vacuum-full"] =
            $"PRAGMA auto_vacuum=FULL; CREATE TABLE t(a); {Series} INSERT INTO t SELECT randomblob(2000) FROM n; DELETE FROM t WHERE " +
            $"rowid%2;",
        ["auto-vacuum-incremental"] =
            $"PRAGMA auto_vacuum=INCREMENTAL; CREATE TABLE t(a); {Series} INSERT INTO t SELECT randomblob(2000) FROM n; DELETE FROM t " +
            $"WHERE rowid%2; PRAGMA incremental_vacuum(10);",
        ["free-pages"] =
            $"CREATE TABLE t(a); {Series} INSERT INTO t SELECT randomblob(3000) FROM n; CREATE TABLE gone AS SELECT * FROM t; DROP TABLE " +
            $"gone;",
        ["header-numbers"] =
            "PRAGMA user_version=-2147483648; PRAGMA application_id=-559038737; CREATE TABLE t(a); INSERT INTO t VALUES (1);",
        ["utf16le"] =
            $"PRAGMA encoding='UTF-16le'; CREATE TABLE \"täble\"(\"naïve\" TEXT, b BLOB); {Series} INSERT INTO \"täble\" SELECT 'zürich " +
            $"𝄞 '||i, randomblob(5) FROM n; INSERT INTO \"täble\" VALUES ('', x''), (NULL, NULL); CREATE INDEX i ON \"täble\"(\"naïve\");",
        ["utf16be"] =
            $"PRAGMA encoding='UTF-16be'; CREATE TABLE t(a TEXT, b BLOB); {Series} INSERT INTO t SELECT 'zürich 𝄞 '||i, randomblob(5) " +
            $"FROM n; INSERT INTO t VALUES ('', x''), (NULL, NULL);",
        ["odd-names"] =
            "CREATE TABLE \"a table \"\"quoted\"\" 'twice' [and] `more`\"(\"a column\" INT, \"select\" TEXT, \"ünï\" BLOB); INSERT INTO " +
            "\"a table \"\"quoted\"\" 'twice' [and] `more`\" VALUES (1,'two',x'03'); CREATE TABLE \"数据库; DROP TABLE x --\"(\"%s\" , " +
            "\"\"); INSERT INTO \"数据库; DROP TABLE x --\" VALUES (1,2); CREATE TABLE \" \"(a); CREATE INDEX \"in dex\" ON \" \"(a); " +
            "CREATE VIEW \"v w\" AS SELECT * FROM \" \"; INSERT INTO \" \" VALUES (char(10)||'line');",
        ["odd-values"] =
            "CREATE TABLE v(a); INSERT INTO v VALUES " +
            "(NULL),(''),(0),(0.0),(x''),('0'),(1e999),(-1e999),(9223372036854775807),(-9223372036854775808),(1.7976931348623157e308),(5e-324),('it''s'),(char(13,10)),(x'00ff00');",
        ["empty-tables"] =
            "CREATE TABLE a(x); CREATE TABLE b(y INTEGER PRIMARY KEY) ; CREATE TABLE c(k PRIMARY KEY) WITHOUT ROWID; CREATE VIRTUAL " +
            "TABLE f USING fts5(x);",
        ["emptied"] = "CREATE TABLE t(a); DROP TABLE t; VACUUM;",
        ["one-page"] = "PRAGMA user_version=7;",
        ["many-tables"] = string.Concat(Enumerable.Range(0, 120)
            .Select(i => $"CREATE TABLE t{i}(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t{i} VALUES ({i},'{i}');")),
        ["altered"] =
            $"CREATE TABLE t(a INT, b INT); {Series} INSERT INTO t SELECT i, i FROM n; ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'added'; " +
            $"ALTER TABLE t DROP COLUMN b; ALTER TABLE t RENAME COLUMN a TO z; INSERT INTO t VALUES (1000, NULL);",
    };

    /// <summary>Makes one by its name.</summary>
    public static string Make(Workspace work, string name, string file = "app.db", string journalMode = "delete", int? pageSize = null)
    {
        var path = work[file];
        var page = pageSize is { } size ? $"PRAGMA page_size={size}; " : "";
        // The journal mode comes last: entering WAL writes the first page, and with it the page size and the encoding.
        Commands.Sqlite(path, $"{page}BEGIN; ROLLBACK; {Scripts[name]}; PRAGMA journal_mode={journalMode};");
        return path;
    }
}
