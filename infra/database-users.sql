-- The users of the database, each with the least its work needs. Harmless to run again: passwords are set anew.
-- infra/database-users runs it as the owner.
\set ON_ERROR_STOP on
\getenv projectors_password PROJECTORS_PASSWORD
\getenv query_api_password QUERY_API_PASSWORD
\getenv exporter_password EXPORTER_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['projectors', 'query_api', 'exporter']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE projectors PASSWORD :'projectors_password';
ALTER ROLE query_api PASSWORD :'query_api_password';
ALTER ROLE exporter PASSWORD :'exporter_password';

-- Migrations and projectors make and drop schemas, so the database is theirs.
GRANT projectors TO current_user;
ALTER DATABASE laurel OWNER TO projectors;

-- Read models come and go with their versions, so reading is granted for all of them; nothing else is.
GRANT pg_read_all_data TO query_api;
ALTER ROLE query_api SET default_transaction_read_only = on;

GRANT pg_monitor TO exporter;

REVOKE ALL ON DATABASE laurel FROM PUBLIC;
GRANT CONNECT ON DATABASE laurel TO query_api, exporter;
