-- The roles of the zoo. They are the whole server's, so the script can run again.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['zoo_owner', 'zoo_reader', 'zoo_writer', 'zoo group', E'Zoo "Rôle" ''\\ x'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I', name); END IF;
  END LOOP;
END $$;
GRANT "zoo group" TO zoo_reader WITH ADMIN OPTION;
COMMENT ON ROLE zoo_reader IS 'reads the zoo';
ALTER ROLE zoo_writer SET search_path = zoo, "Odd ""Schema"" 'x' ü\y", "$user";
