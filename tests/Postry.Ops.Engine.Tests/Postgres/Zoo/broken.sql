-- Rows that break what the catalog says of them, as sources hold them after session_replication_role = replica, a changed collation or a function that was changed.
CREATE SCHEMA app;
CREATE TABLE app.customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.orders (id int PRIMARY KEY, customer int NOT NULL CONSTRAINT orders_customer REFERENCES app.customers, note text);
CREATE TABLE app.users (id int, email text);
CREATE UNIQUE INDEX users_email ON app.users (email);
COMMENT ON INDEX app.users_email IS 'one each';
ALTER TABLE app.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE TABLE app.logins (id int PRIMARY KEY, who int CONSTRAINT logins_who REFERENCES app.users);
CREATE FUNCTION app.fine(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE app.amounts (id int PRIMARY KEY, n int CONSTRAINT amounts_fine CHECK (app.fine(n)) CONSTRAINT amounts_small CHECK (n < 1000));
CREATE FUNCTION app.half(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n';
CREATE MATERIALIZED VIEW app.halves AS SELECT id, app.half(n) AS half FROM app.amounts;

INSERT INTO app.customers VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO app.users SELECT i, 'user' || i FROM generate_series(1, 10) i;
INSERT INTO app.logins SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO app.amounts SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO app.amounts VALUES (20, -5);
REFRESH MATERIALIZED VIEW app.halves;

-- An order of nobody.
SET session_replication_role = replica;
INSERT INTO app.orders VALUES (1, 1, 'fine'), (2, 99, 'of nobody');
RESET session_replication_role;

-- An address twice, and a number of a user twice.
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid IN ('app.users_email'::regclass, 'app.users_pkey'::regclass);
INSERT INTO app.users VALUES (11, 'user3'), (7, 'seven again');
UPDATE pg_index SET indisready = true, indisvalid = true WHERE indexrelid IN ('app.users_email'::regclass, 'app.users_pkey'::regclass);

-- Functions that say something else today.
CREATE OR REPLACE FUNCTION app.fine(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n > 0';
CREATE OR REPLACE FUNCTION app.half(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 100 / (n + 5)';
