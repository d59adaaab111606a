namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A database with one of each thing that is easily lost, changed or read twice on the way.</summary>
internal static class PostgresZoo
{
    /// <summary>Makes it in an empty database, through the stock psql.</summary>
    public static void Fill(PostgresServer server, string database) => server.Psql(database, Sql);

    /// <summary>The statements.</summary>
    public const string Sql = """"
        CREATE SCHEMA "Odd ""Schema";
        CREATE EXTENSION citext;
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TYPE pair AS (a int, b text);
        CREATE TABLE everything (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, f8 float8, f4 float4, n numeric, t text, c citext, b bytea, j jsonb,
          ts timestamptz, iv interval, m money, md mood, d positive, p pair, r int4range, arr text[], gen int GENERATED ALWAYS AS (length(t)) STORED, dt date);
        INSERT INTO everything (f8, f4, n, t, c, b, j, ts, iv, m, md, d, p, r, arr, dt) VALUES
          (0.1, 0.1, 1.10, E'a\tb\nc\\d\r', 'CiText', '\x00ff0a', '{"a": [1, null]}', '2024-03-31 02:30:00+02', '1 mon -2 days 03:04:05.6', 12.34, 'ok', 5, '(1,"x ""y")', '[1,5)', '{a,"b c",NULL}', '2024-02-29'),
          ('NaN', '-0', 'NaN', '', NULL, '', '""', 'infinity', '-1 year', -0.01, 'sad', 1, NULL, 'empty', '{}', '-infinity'),
          ('-Infinity', 'Infinity', NULL, E'\\.', 'ß', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '(,)', NULL, NULL, NULL),
          (1e-320, 3.4e38, 1e100, repeat('long ', 100000), 'zürich', decode(repeat('00ff', 70000), 'hex'), NULL, '0001-01-01 BC', '0', 0, NULL, NULL, NULL, NULL, '{{1,2},{3,4}}', '2000-01-01');
        CREATE TABLE dropped (a int, b int, c int);
        INSERT INTO dropped VALUES (1, 2, 3), (4, 5, 6);
        ALTER TABLE dropped DROP COLUMN b;
        ALTER TABLE dropped ADD COLUMN e text DEFAULT 'x';
        CREATE TABLE nothing ();
        INSERT INTO nothing DEFAULT VALUES;
        INSERT INTO nothing DEFAULT VALUES;
        CREATE TABLE empty (a int);
        CREATE TABLE one (t text);
        INSERT INTO one VALUES (''), (NULL), ('\.'), ('\N'), (E'\n');
        CREATE TABLE onlygen (g int GENERATED ALWAYS AS (1) STORED);
        INSERT INTO onlygen DEFAULT VALUES;
        CREATE TABLE part (id int, k text, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE part_a PARTITION OF part FOR VALUES FROM (0) TO (100);
        CREATE TABLE part_b (v int, junk int, k text, id int NOT NULL);
        ALTER TABLE part_b DROP COLUMN junk;
        ALTER TABLE part ATTACH PARTITION part_b FOR VALUES FROM (100) TO (200);
        CREATE TABLE part_d PARTITION OF part DEFAULT PARTITION BY LIST (id);
        CREATE TABLE part_dd PARTITION OF part_d DEFAULT;
        INSERT INTO part SELECT i, 'k' || i, i * 2 FROM generate_series(0, 300) i;
        CREATE TABLE parent (a int, b text);
        CREATE TABLE child (c int) INHERITS (parent);
        ALTER TABLE parent ADD COLUMN z int;
        INSERT INTO parent VALUES (1, 'p', 1);
        INSERT INTO child (a, b, c, z) VALUES (2, 'c', 3, 4);
        CREATE TABLE secret (id int, owner text);
        INSERT INTO secret VALUES (1, 'a'), (2, 'b');
        ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
        ALTER TABLE secret FORCE ROW LEVEL SECURITY;
        CREATE POLICY nobody ON secret USING (false);
        CREATE TABLE "Odd ""Schema"."Tä ble
        x" ("Col ""1""" int, "select" text, "名前" text, "new
        line ('x" int);
        INSERT INTO "Odd ""Schema"."Tä ble
        x" VALUES (1, 'x', '日本', 3);
        CREATE UNLOGGED TABLE fleeting (a int);
        INSERT INTO fleeting VALUES (1);
        CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM part;
        CREATE VIEW v AS SELECT * FROM mv;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        --
        -- Name: fake; Type: TABLE; Schema: public; Owner: nobody
        --

         RETURN NEW; END $$;
        CREATE TRIGGER tr BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION f();
        CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION twice(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
        COMMENT ON TABLE parent IS E'first line\n-- and a second';
        CREATE SEQUENCE loose;
        SELECT nextval('loose'), nextval('loose');
        CREATE SEQUENCE fresh START 7;
        CREATE SEQUENCE "Odd ""Schema"."s.'q" INCREMENT -1;
        SELECT nextval('"Odd ""Schema"."s.''q"');
        CREATE PUBLICATION pub FOR TABLE parent;
        ALTER TABLE parent REPLICA IDENTITY FULL;
        ALTER TABLE child REPLICA IDENTITY FULL;
        CREATE FOREIGN DATA WRAPPER w;
        CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE ft (a int) SERVER s;
        SELECT lo_from_bytea(1000, 'hello'), lo_from_bytea(1001, ''), lo_from_bytea(1002, decode(repeat('ab', 1000000), 'hex'));
        CREATE TABLE docs (id int, body oid);
        INSERT INTO docs VALUES (1, 1000);
        GRANT SELECT ON docs TO PUBLIC;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
        """";
}
