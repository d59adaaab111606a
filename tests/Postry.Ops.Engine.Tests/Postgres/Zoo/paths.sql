-- A database whose functions find what they use by the database's search_path, which pg_dump empties. Each object here fails under a plain pg_restore.
CREATE SCHEMA app;
CREATE EXTENSION hstore SCHEMA app;
SET search_path = app, public;

CREATE FUNCTION rate() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 7';
CREATE FUNCTION priced(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * rate()';
CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN n * rate(); END$$;

CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);

-- A generated column, and an index over an expression.
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, n int NOT NULL, total int GENERATED ALWAYS AS (slow(n)) STORED, h hstore);
-- From 17 on the server itself empties the path where it makes an index or fills a view, so that no source can have made these.
SELECT :SERVER_VERSION_NUM < 170000 AS by_session \gset
\if :by_session
CREATE INDEX orders_slow ON orders (slow(n));
CREATE INDEX orders_priced ON orders (priced(n));
\endif

-- CHECKs: one whose function reads a table that comes later in the archive, one of which the partitions are heirs, one that reads its own table, and a domain's.
CREATE FUNCTION known(c int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$BEGIN RETURN EXISTS (SELECT FROM customers WHERE id = c); END$$;
CREATE TABLE aa_visits (id int PRIMARY KEY, customer int NOT NULL CONSTRAINT aa_known CHECK (known(customer)));
CREATE TABLE ab_prices (id int NOT NULL, n int CONSTRAINT ab_priced CHECK (priced(n) > 0)) PARTITION BY RANGE (id);
CREATE TABLE ab_prices_1 PARTITION OF ab_prices FOR VALUES FROM (0) TO (30);
CREATE TABLE ab_prices_2 PARTITION OF ab_prices FOR VALUES FROM (30) TO (1000);
CREATE TABLE ac_tree (id int PRIMARY KEY, parent int);
CREATE FUNCTION in_tree(p int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT p IS NULL OR EXISTS (SELECT FROM ac_tree WHERE id = p)';
INSERT INTO ac_tree VALUES (2, 1), (3, 2), (1, NULL);
ALTER TABLE ac_tree ADD CONSTRAINT ac_parent CHECK (in_tree(parent));
COMMENT ON CONSTRAINT ac_parent ON ac_tree IS 'a parent''s row';
CREATE DOMAIN price AS int CONSTRAINT price_ok CHECK (slow(VALUE) > 0);
CREATE TABLE ad_priced (id int PRIMARY KEY, p price);

INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, 20) i;
INSERT INTO orders (id, customer, n, h) SELECT i, i % 20 + 1, i, 'a=>1' FROM generate_series(1, 100) i;
INSERT INTO aa_visits SELECT i, i % 20 + 1 FROM generate_series(1, 50) i;
INSERT INTO ab_prices SELECT i, i FROM generate_series(1, 50) i;
INSERT INTO ad_priced SELECT i, i FROM generate_series(1, 50) i;

-- Views with contents, one on the other.
\if :by_session
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(slow(n)) AS total FROM orders GROUP BY customer;
\else
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
\endif
CREATE UNIQUE INDEX totals_customer ON totals (customer);
CREATE MATERIALIZED VIEW zz_total AS SELECT sum(total) AS total FROM totals;

-- pg_dump cannot say in which schema the operator of IS DISTINCT FROM and NULLIF is.
CREATE TABLE log (what text);
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO app.log VALUES (TG_OP); RETURN NEW; END$$;
CREATE TRIGGER changed BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.h IS DISTINCT FROM NEW.h) EXECUTE FUNCTION touched();
CREATE TRIGGER added AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touched();
CREATE VIEW nullable AS SELECT id, nullif(h, 'x=>2'::hstore) AS h FROM orders;
COMMENT ON VIEW nullable IS 'needs =';
GRANT SELECT ON nullable TO PUBLIC;
