-- What a server keeps of a database outside of it; :db is its quoted name.
ALTER DATABASE :db OWNER TO zoo_owner;
ALTER DATABASE :db CONNECTION LIMIT 50;
ALTER DATABASE :db SET search_path = "$user", zoo, "Odd ""Schema"" 'x' ü\y";
ALTER DATABASE :db SET timezone = 'Asia/Kathmandu';
ALTER DATABASE :db SET statement_timeout = '1h';
ALTER DATABASE :db SET lc_monetary = 'C';
ALTER DATABASE :db SET bytea_output = 'escape';
ALTER DATABASE :db SET IntervalStyle = 'iso_8601';
ALTER DATABASE :db SET DateStyle = 'German, DMY';
ALTER DATABASE :db SET extra_float_digits = -10;
ALTER DATABASE :db SET quote_all_identifiers = on;
ALTER DATABASE :db SET standard_conforming_strings = off;
ALTER DATABASE :db SET app.own = 'it''s, "quoted"; \ value';
ALTER ROLE zoo_reader IN DATABASE :db SET search_path = other, public;
ALTER ROLE zoo_reader IN DATABASE :db SET work_mem = '7MB';
ALTER ROLE ALL IN DATABASE :db SET app.everybody = 'x';
REVOKE ALL ON DATABASE :db FROM PUBLIC;
GRANT CONNECT ON DATABASE :db TO zoo_reader WITH GRANT OPTION;
GRANT ALL ON DATABASE :db TO zoo_writer;
COMMENT ON DATABASE :db IS 'the zoo''s own \ comment
of two lines';
