-- Roles and the database, by the credential that may create them; run by psql at every start, changes nothing twice.
-- What each role may see and do on each table is in the migrations.

\set ON_ERROR_STOP on
\set QUIET on

select format('create role %I', name)
from unnest(array['b2b_owner', 'b2b_ledger', 'b2b_api', 'b2b_office', 'b2b_jobs']) as name
where not exists (select from pg_roles where rolname = name) \gexec

-- The passwords are 192 random bits, which no number of rounds makes harder to guess; each round costs every login.
select set_config('scram_iterations', '64', false) as rounds from pg_settings where name = 'scram_iterations' \gset

alter role b2b_owner login password :'b2b_owner' :createdb;
alter role b2b_ledger nologin;
alter role b2b_api login password :'b2b_api';
alter role b2b_office login password :'b2b_office';
alter role b2b_jobs login password :'b2b_jobs';

-- The owner hands its functions over to the ledger. No process is a member of another's role: policies would apply.
grant b2b_ledger to b2b_owner;

-- A web process that forgets a transaction, waits for a lock or loses its thread gives way.
alter role b2b_api set idle_session_timeout = '15min';
alter role b2b_api set idle_in_transaction_session_timeout = '30s';
alter role b2b_api set statement_timeout = '15s';
alter role b2b_api set lock_timeout = '5s';
alter role b2b_office set idle_session_timeout = '15min';
alter role b2b_office set idle_in_transaction_session_timeout = '60s';
alter role b2b_office set statement_timeout = '60s';
alter role b2b_office set lock_timeout = '5s';
alter role b2b_jobs set idle_in_transaction_session_timeout = '10min';
alter role b2b_jobs set lock_timeout = '30s';

select rolsuper as superuser from pg_roles where rolname = current_user \gset
\if :superuser
\else
grant b2b_owner to current_user;
\endif

select format('create database %I owner b2b_owner template template0 encoding ''UTF8''', :'database')
where not exists (select from pg_database where datname = :'database') \gexec

select format('revoke all on database %I from public', :'database') \gexec
select format('grant connect on database %I to b2b_api, b2b_office', :'database') \gexec
select format('grant connect, temporary on database %I to b2b_jobs', :'database') \gexec
