-- What lies in no schema, or belongs to the database itself. Run after schemas.sql; :db is the database's quoted name.
SET client_min_messages = warning;
SET search_path = zoo, ext;
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION "uuid-ossp" SCHEMA zoo;
COMMENT ON EXTENSION hstore IS 'in public, beside the tables';
CREATE TABLE public.hashes (h public.hstore); INSERT INTO public.hashes VALUES ('a=>1, "b \"c"=>NULL');

-- Large objects, one of them over a chunk, one with holes, one empty.
SELECT lo_from_bytea(900001, decode(string_agg(md5(i::text), ''), 'hex')) FROM generate_series(1, 20000) i;
SELECT lo_from_bytea(900002, '');
SELECT lo_create(900003); SELECT lo_put(900003, 100000, 'after a hole');
ALTER LARGE OBJECT 900001 OWNER TO zoo_owner;
GRANT SELECT ON LARGE OBJECT 900001 TO zoo_reader;
COMMENT ON LARGE OBJECT 900002 IS 'empty';

-- Foreign data.
CREATE EXTENSION postgres_fdw SCHEMA ext;
CREATE SERVER remote TYPE 'postgresql' VERSION '15' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example.org', dbname 'it''s "there"');
CREATE USER MAPPING FOR zoo_owner SERVER remote OPTIONS (user 'me', password 'se''cret\');
CREATE USER MAPPING FOR PUBLIC SERVER remote OPTIONS (user 'all');
GRANT USAGE ON FOREIGN SERVER remote TO zoo_owner;
CREATE FOREIGN TABLE far (a int OPTIONS (column_name 'A'), b text) SERVER remote OPTIONS (schema_name 's', table_name 't');
CREATE FOREIGN DATA WRAPPER own_wrapper OPTIONS (x '1');

-- Replication.
CREATE PUBLICATION "some" FOR TABLE zoo.parted WHERE (id > 10), zoo.types (id, m) WITH (publish = 'insert, update', publish_via_partition_root = true);
CREATE PUBLICATION all_of_it FOR ALL TABLES;
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA other;
CREATE SUBSCRIPTION follows CONNECTION 'host=db.example.org dbname=x' PUBLICATION a, b WITH (connect = false, slot_name = NONE);

-- Event triggers: what they write must not be written again by a restore.
CREATE TABLE ddl_log (tag text);
CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO zoo.ddl_log VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl();
CREATE EVENT TRIGGER log_drop ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION log_ddl();
ALTER EVENT TRIGGER log_drop DISABLE;
COMMENT ON EVENT TRIGGER log_ddl IS 'writes';
CREATE TABLE logged (a int);

-- A cast between types of nobody's schema, a language, an access method, a transform, default privileges of all schemas.
CREATE CAST (zoo.pair AS zoo.mood) WITH INOUT;
CREATE CAST (pair AS ext.citext) WITH FUNCTION pair_text(pair) AS ASSIGNMENT;
CREATE FUNCTION own_call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE own_language HANDLER own_call_handler;
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE in_own_heap (a int) USING own_heap; INSERT INTO in_own_heap VALUES (1), (2);
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT USAGE ON SEQUENCES TO zoo_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE CONVERSION zoo.own_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
