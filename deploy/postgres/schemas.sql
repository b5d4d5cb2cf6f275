-- For each service that keeps something, a login role and a schema of the same name, in the database connected to.
--
-- Run as a superuser, by psql or anything else that speaks SQL; running it again changes nothing. A role owns its schema
-- and can see no other, so that a service cannot come to depend on another's tables: it has to call its API. It owns
-- neither the database nor any other role. The tables are not made here: each service migrates its own schema when it
-- starts.
SET client_min_messages = warning;

-- Postgres lets every role connect, make temporary tables and (before 15) create in `public`.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['registry', 'push_dispatcher', 'homeserver'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', service);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service);
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', service, current_database(), service);
    END LOOP;
END
$$;

RESET client_min_messages;
