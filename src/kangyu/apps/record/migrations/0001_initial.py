"""The record store: current resources, superseded versions, the outbox and import jobs. Core PostgreSQL only."""

from django.db import migrations

CREATE = """
CREATE TABLE resource (
    rtype text NOT NULL, id text NOT NULL, vid integer NOT NULL, pid bigint, org text, code text, d_lo date, d_hi date,
    updated timestamptz NOT NULL, author text NOT NULL, tokens text[] NOT NULL, body jsonb NOT NULL,
    PRIMARY KEY (rtype, id)
);
ALTER TABLE resource ALTER COLUMN tokens SET STATISTICS 1000;
CREATE INDEX resource_person ON resource (pid, rtype, d_lo DESC);
CREATE INDEX resource_code ON resource (rtype, code, d_lo DESC, id);
CREATE INDEX resource_updated ON resource (rtype, updated, id);
CREATE INDEX resource_tokens ON resource USING gin (tokens) WITH (fastupdate = off);

CREATE TABLE resource_version (
    rtype text NOT NULL, id text NOT NULL, vid integer NOT NULL, pid bigint, updated timestamptz NOT NULL, author text NOT NULL,
    deleted boolean NOT NULL DEFAULT false, body jsonb,
    PRIMARY KEY (rtype, id, vid)
);

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(), rtype text NOT NULL, id text NOT NULL, vid integer NOT NULL, pid bigint
);
CREATE INDEX outbox_person ON outbox (pid, seq);

CREATE TABLE import_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL, account text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'refused', 'interrupted')),
    started timestamptz NOT NULL DEFAULT now(), ended timestamptz, backend integer NOT NULL DEFAULT pg_backend_pid(),
    read bigint NOT NULL DEFAULT 0, stored bigint NOT NULL DEFAULT 0, problems jsonb NOT NULL DEFAULT '[]', note text NOT NULL DEFAULT ''
);
CREATE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER outbox_announced AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox();
"""
DROP = "DROP TABLE resource, resource_version, outbox, import_job; DROP FUNCTION announce_outbox;"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, DROP)]
