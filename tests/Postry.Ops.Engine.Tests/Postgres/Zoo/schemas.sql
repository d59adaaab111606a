-- What lies in schemas: all of it can come back by every strategy.
SET client_min_messages = warning;
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE SCHEMA zoo AUTHORIZATION zoo_owner;
CREATE SCHEMA other;
CREATE SCHEMA "Odd ""Schema"" 'x' ü\y" AUTHORIZATION "Zoo ""Rôle"" '\ x";
COMMENT ON SCHEMA zoo IS 'a zoo; with ''quotes'', "double" ones, a \ and
-- Name: a line; Type: TABLE; Schema: that looks like; Owner: a header';
SET search_path = zoo, ext;

-- Types.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine', 'ÜBER');
ALTER TYPE mood ADD VALUE 'between' BEFORE 'ok';
CREATE DOMAIN positive AS int CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN label AS text COLLATE "C" NOT NULL DEFAULT 'none';
CREATE TYPE pair AS (a int, b text, "c c" mood[]);
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE shell_type;
COMMENT ON TYPE mood IS 'how it feels';
COMMENT ON COLUMN pair."c c" IS 'odd column';

CREATE TABLE types (
  id int PRIMARY KEY, m mood, p positive, l label, c pair, cs pair[], r int4range, fr float_range, mr int4multirange, ts tsrange,
  a int[], a2 text[][], b bytea, j json, jb jsonb, cash money, f4 float4, f8 float8, n numeric, tz timestamptz, t timestamp, ttz timetz, i interval, d date,
  u uuid, ip inet, net cidr, mac macaddr, bits bit varying(20), x xml, v tsvector, q tsquery, pt point, pg polygon, ct ext.citext, ch char(5), lsn pg_lsn, oids oid, rc regclass);
INSERT INTO types (id, m, p, c, cs, r, fr, mr, ts, a, a2, b, j, jb, cash, f4, f8, n, tz, t, ttz, i, d, u, ip, net, mac, bits, x, v, q, pt, pg, ct, ch, lsn, oids, rc) VALUES
  (1, 'it''s fine', 1, ROW(1, E'a,"b"\\ \n', ARRAY['sad', NULL]::mood[]), ARRAY[ROW(NULL, '', NULL)::pair, NULL], '[1,5)', '(,1e300]', '{[1,2),[5,6)}', '["2020-01-01 00:00:00.000001",infinity)',
   '{1,NULL,-3}', '{{a,"b,c"},{"",NULL}}', '\x00ff5c0a09', '{"a" :  [1, 2,null], "a":2}', '{"z": 1e100, "a": "\u20ac\\n"}', '-1234.56', 'NaN', '-0', 'NaN', '2021-03-28 02:30:00+14', 'infinity', '23:59:59.999999+15:59:59', '-1 year 2 mons -3 days 04:05:06.789', '0001-01-01 BC',
   '00000000-0000-0000-0000-00000000000f', '::1/128', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', '<a>&lt;</a>', 'a:1 b:2A', 'a & !b', '(1e-300,-0)', '((0,0),(1,1),(1,0))', 'CaSe', 'ab', '16/B374D848', 4294967295, 'types'),
  (2, NULL, NULL, NULL, '{}', 'empty', 'empty', '{}', NULL, '[5:7]={1,2,3}', '{}', '', 'null', 'null', '0', 'Infinity', 5e-324, 1e-1000, '-infinity', '4713-01-01 00:00:00 BC', '00:00:00-15:59:59', '178000000 years', 'infinity',
   NULL, '1.2.3.4/32', '::/0', NULL, B'', NULL, '', NULL, '(NaN,Infinity)', NULL, '', '', '0/0', 0, NULL),
  (3, 'between', 2147483647, NULL, NULL, '(,)', NULL, NULL, NULL, NULL, NULL, E'\\x', '"\\u0000 is only text"', '[]', '92233720368547758.07', '-Infinity', 1.7976931348623157e308, 'Infinity', '1883-11-18 12:03:57-08', NULL, NULL, '00:00:00.000001', '5874897-12-31',
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, E'tab\there', E'\\.', NULL, NULL, NULL);
INSERT INTO types (id, f8, l) VALUES (4, 0.1::float8 + 0.2::float8, E'\\N'), (5, '-Infinity', E'line\r\nbreak\\.'), (6, 'NaN', E'\x01\x7f𝄞');

-- Partitions: by list of ranges, with keys, a leaf whose columns lie in another order, a default one.
CREATE TABLE parted (id bigint NOT NULL, at date NOT NULL, region text NOT NULL, v numeric DEFAULT 1.5, gone int, PRIMARY KEY (id, at, region)) PARTITION BY RANGE (at);
CREATE TABLE parted_2020 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (region);
CREATE TABLE parted_2020_eu PARTITION OF parted_2020 FOR VALUES IN ('eu', 'uk');
CREATE TABLE parted_2020_rest PARTITION OF parted_2020 DEFAULT;
CREATE TABLE parted_2021 (v numeric DEFAULT 2.5, region text NOT NULL, dropped int, gone int, at date NOT NULL, id bigint NOT NULL, CONSTRAINT own_key PRIMARY KEY (id, at, region));
ALTER TABLE parted_2021 DROP COLUMN dropped;
ALTER TABLE parted ATTACH PARTITION parted_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE parted_default PARTITION OF parted DEFAULT;
ALTER TABLE parted DROP COLUMN gone;
CREATE INDEX parted_v ON parted (v);
INSERT INTO parted SELECT i, '2020-06-01'::date + i, (ARRAY['eu', 'us', 'uk'])[1 + i % 3], i / 7.0 FROM generate_series(1, 900) i;
CREATE TABLE hashed (k int, v text) PARTITION BY HASH (k);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT i, 'v' || i FROM generate_series(1, 50) i;
CREATE TABLE refers_to_parted (id bigint, at date, region text, FOREIGN KEY (id, at, region) REFERENCES parted);
INSERT INTO refers_to_parted SELECT id, at, region FROM parted ORDER BY id LIMIT 20;

-- Inheritance, several parents.
CREATE TABLE animal (name text NOT NULL, legs int DEFAULT 4 CHECK (legs >= 0));
CREATE TABLE owned (owner text);
CREATE TABLE pet (nick text) INHERITS (animal, owned);
ALTER TABLE pet ALTER COLUMN legs SET DEFAULT 3;
INSERT INTO animal VALUES ('snake', 0);
INSERT INTO pet VALUES ('dog', 4, 'me', 'rex');

-- Generated and identity columns, sequences that were called and not.
CREATE TABLE generated (id int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5), by_default bigint GENERATED BY DEFAULT AS IDENTITY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, ser serial, small smallserial);
INSERT INTO generated (a) SELECT i FROM generate_series(1, 20) i;
CREATE SEQUENCE called START 5; SELECT nextval('called'), nextval('called');
CREATE SEQUENCE not_called AS smallint START 7 MAXVALUE 9 CYCLE;
CREATE SEQUENCE backwards INCREMENT -3 MINVALUE -100 MAXVALUE 50 START 50 CACHE 10; SELECT nextval('backwards');
CREATE SEQUENCE at_its_end AS int MAXVALUE 3; SELECT setval('at_its_end', 3);
CREATE SEQUENCE set_not_called; SELECT setval('set_not_called', 42, false);
CREATE UNLOGGED TABLE unlogged_rows (id serial, t text);
INSERT INTO unlogged_rows (t) VALUES ('quick'), ('and gone after a crash');

-- Dropped columns, no columns, no rows, one large row, storage.
CREATE TABLE dropped (a int, b text, c int, d text DEFAULT 'd');
INSERT INTO dropped SELECT i, 'b', i, 'd' || i FROM generate_series(1, 10) i;
ALTER TABLE dropped DROP COLUMN b;
ALTER TABLE dropped DROP COLUMN a;
ALTER TABLE dropped ADD COLUMN e int DEFAULT 9;
CREATE TABLE zero_columns ();
INSERT INTO zero_columns DEFAULT VALUES; INSERT INTO zero_columns DEFAULT VALUES;
CREATE TABLE zero_left (a int); INSERT INTO zero_left VALUES (1), (2), (3); ALTER TABLE zero_left DROP COLUMN a;
CREATE TABLE empty_table (a int, b text);
CREATE TABLE large_row (id int, v text, b bytea);
ALTER TABLE large_row ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO large_row SELECT 1, string_agg(md5(i::text), E'\n'), decode(string_agg(md5((-i)::text), ''), 'hex') FROM generate_series(1, 110000) i;
CREATE TABLE tuned (a int, b text) WITH (fillfactor = 70, autovacuum_enabled = false);
ALTER TABLE tuned ALTER COLUMN a SET STATISTICS 500;
CREATE STATISTICS tuned_stats (ndistinct, dependencies) ON a, b FROM tuned;
CREATE TEMP TABLE not_backed_up (a int);

-- Names.
CREATE TABLE "select" ("from" int, "a ""b"" 'c' \d" text, "ünï" text, " " int, "%s" int, "column
of two lines" int, CONSTRAINT "con ""straint" CHECK ("from" > 0));
INSERT INTO "select" VALUES (1, 'x', 'y', 2, 3, 4);
CREATE INDEX "in ""dex" ON "select" (lower("a ""b"" 'c' \d"));
CREATE TABLE "数据库; DROP TABLE x --" (id int PRIMARY KEY);
INSERT INTO "数据库; DROP TABLE x --" VALUES (1);
CREATE TABLE "table
of two lines" (a int); INSERT INTO "table
of two lines" VALUES (1), (2);
CREATE TABLE "sixty_three_bytes_of_name_sixty_three_bytes_of_name_sixty_three" (a int); INSERT INTO "sixty_three_bytes_of_name_sixty_three_bytes_of_name_sixty_three" VALUES (63);
CREATE TABLE "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" (a int); INSERT INTO "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" VALUES (62);
CREATE TABLE "back\slash" (a int); INSERT INTO "back\slash" VALUES (1);
CREATE TABLE "Odd ""Schema"" 'x' ü\y"."Case.Dot" ("ID" int PRIMARY KEY, t text);
INSERT INTO "Odd ""Schema"" 'x' ü\y"."Case.Dot" SELECT i, repeat('é', i) FROM generate_series(1, 50) i;
ALTER TABLE "Odd ""Schema"" 'x' ü\y"."Case.Dot" OWNER TO "Zoo ""Rôle"" '\ x";
CREATE SEQUENCE "Odd ""Schema"" 'x' ü\y"."Seq 1" START 11; SELECT nextval('"Odd ""Schema"" ''x'' ü\y"."Seq 1"');

-- Constraints.
CREATE TABLE chicken (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE chicken ADD CONSTRAINT from_egg FOREIGN KEY (egg) REFERENCES egg ON DELETE SET NULL DEFERRABLE;
BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO chicken VALUES (1, 1), (2, 2); INSERT INTO egg VALUES (1, 2), (2, 1); COMMIT;
CREATE TABLE self (id int PRIMARY KEY, parent int REFERENCES self); INSERT INTO self VALUES (1, 1), (3, 1), (2, 3);
CREATE TABLE booking (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0));
INSERT INTO booking VALUES (1, '[2020-01-01,2020-01-02)'), (1, '[2020-01-02,2020-01-03)');
CREATE TABLE not_valid (a int); INSERT INTO not_valid VALUES (-1); ALTER TABLE not_valid ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
CREATE TABLE uniques (a int, b int, UNIQUE NULLS NOT DISTINCT (a), UNIQUE (b) INCLUDE (a) DEFERRABLE);
INSERT INTO uniques VALUES (NULL, 1), (1, NULL), (2, NULL);
ALTER TABLE uniques REPLICA IDENTITY FULL;
CREATE TABLE clustered (a int PRIMARY KEY); ALTER TABLE clustered CLUSTER ON clustered_pkey;

-- Collations, text search, operators, casts.
CREATE COLLATION icu_ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION from_c FROM "C";
CREATE TABLE collated (a text COLLATE icu_ci PRIMARY KEY, b text COLLATE from_c, c text COLLATE "de-x-icu");
INSERT INTO collated VALUES ('Straße', 'ß', 'ä'), ('x', 'Z', 'z');
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION plain_english (COPY = english);
ALTER TEXT SEARCH CONFIGURATION plain_english ALTER MAPPING FOR asciiword WITH plain;
CREATE TABLE documents (id int, body text, v tsvector GENERATED ALWAYS AS (to_tsvector('zoo.plain_english', body)) STORED);
INSERT INTO documents VALUES (1, 'the quick brown fox'), (2, NULL);
CREATE INDEX documents_v ON documents USING gin (v);
CREATE INDEX documents_trgm ON documents USING gin (body ext.gin_trgm_ops);
CREATE FUNCTION pair_sum(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.a + $2.a';
CREATE OPERATOR @+@ (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_sum, COMMUTATOR = @+@);
CREATE FUNCTION pair_text(pair) RETURNS ext.citext LANGUAGE sql IMMUTABLE AS 'SELECT ($1).b::ext.citext';
CREATE FUNCTION backwards_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -btint4cmp($1, $2)';
CREATE OPERATOR CLASS backwards_ops FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 backwards_cmp(int, int);
CREATE INDEX animal_backwards ON animal (legs backwards_ops);

-- Functions, procedures, aggregates, triggers, rules.
CREATE FUNCTION defaults(a int, b text DEFAULT 'x;--', VARIADIC c int[] DEFAULT '{}') RETURNS TABLE (x int, y text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = zoo, pg_temp SET work_mem = '8MB' AS $fn$
BEGIN
  -- Name: not a header; Type: TABLE; Schema: zoo; Owner: nobody
  RETURN QUERY SELECT a, b || $q$'$q$;
END $fn$;
CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT a + count(*)::int FROM animal; END;
CREATE PROCEDURE proc(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := a + 1; END';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.t := NEW.t || '!'; RETURN NEW; END $$;
CREATE TABLE triggered (id int, t text);
INSERT INTO triggered VALUES (1, 'once');
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF t ON triggered FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION touch();
CREATE TRIGGER off AFTER DELETE ON triggered REFERENCING OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION touch();
ALTER TABLE triggered DISABLE TRIGGER off;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON triggered DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE no_delete AS ON DELETE TO triggered DO INSTEAD NOTHING;
CREATE RULE log_insert AS ON INSERT TO empty_table WHERE NEW.a > 100 DO ALSO INSERT INTO dropped (c) VALUES (NEW.a);

-- Views, on views, materialised, updatable, recursive.
CREATE VIEW v1 AS SELECT id, at, sum(v) AS v FROM parted GROUP BY id, at;
CREATE VIEW v2 WITH (security_barrier) AS SELECT v1.*, a.name FROM v1, animal a WHERE v > 1;
CREATE VIEW checked AS SELECT * FROM dropped WHERE c > 0 WITH CASCADED CHECK OPTION;
CREATE RECURSIVE VIEW tree (id) AS SELECT 1 UNION SELECT s.id FROM self s JOIN tree t ON s.parent = t.id;
CREATE VIEW bodyless AS SELECT defaults.x FROM defaults(1);
CREATE MATERIALIZED VIEW m1 AS SELECT region, count(*) AS n FROM parted GROUP BY region;
CREATE UNIQUE INDEX m1_key ON m1 (region);
CREATE MATERIALIZED VIEW m2 AS SELECT sum(n) FROM m1;
CREATE VIEW on_m2 AS SELECT * FROM m2;
CREATE MATERIALIZED VIEW never AS SELECT 1 AS a WITH NO DATA;
ALTER VIEW v2 ALTER COLUMN name SET DEFAULT 'nobody';

-- Row security, grants, also on columns and by other grantors, comments.
CREATE TABLE secrets (id int, who text DEFAULT current_user, what text);
INSERT INTO secrets SELECT i, CASE WHEN i % 2 = 0 THEN 'zoo_reader' ELSE 'zoo_owner' END, md5(i::text) FROM generate_series(1, 30) i;
ALTER TABLE secrets OWNER TO zoo_owner;
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets FOR SELECT TO zoo_reader, "zoo group" USING (who = current_user);
CREATE POLICY strict ON secrets AS RESTRICTIVE USING (id > 0) WITH CHECK (what <> '');
GRANT USAGE ON SCHEMA zoo TO zoo_reader WITH GRANT OPTION;
GRANT SELECT ON secrets TO zoo_reader WITH GRANT OPTION;
SET SESSION AUTHORIZATION zoo_reader; GRANT SELECT ON zoo.secrets TO zoo_writer; RESET SESSION AUTHORIZATION;
SET search_path = zoo, ext;
GRANT SELECT (id), UPDATE (what, who) ON secrets TO zoo_writer;
GRANT ALL ON "select" TO PUBLIC;
REVOKE TRUNCATE ON "select" FROM PUBLIC;
GRANT USAGE ON SEQUENCE called TO zoo_writer;
GRANT EXECUTE ON PROCEDURE proc(int) TO zoo_writer;
REVOKE EXECUTE ON FUNCTION defaults(int, text, int[]) FROM PUBLIC;
REVOKE USAGE ON TYPE mood FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA zoo GRANT SELECT ON TABLES TO zoo_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA zoo GRANT EXECUTE ON FUNCTIONS TO zoo_writer;
COMMENT ON TABLE secrets IS $c$line one
-- line two; '" \ $x$
$c$;
COMMENT ON COLUMN "select"."column
of two lines" IS '';
COMMENT ON CONSTRAINT from_egg ON chicken IS 'circular';
COMMENT ON FUNCTION defaults(int, text, int[]) IS 'ünï';
COMMENT ON INDEX parted_v IS 'an index';
COMMENT ON MATERIALIZED VIEW m1 IS 'm';
ALTER TABLE parted OWNER TO zoo_owner;
CREATE TABLE other.plain AS SELECT i AS id, md5(i::text) AS t FROM generate_series(1, 500) i;
ALTER TABLE other.plain ADD PRIMARY KEY (id);
CREATE TABLE public.here (id serial PRIMARY KEY, t text);
INSERT INTO public.here (t) SELECT 'row ' || i FROM generate_series(1, 40) i;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO zoo_writer;
COMMENT ON SCHEMA public IS 'no longer the standard one';
