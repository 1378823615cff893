-- Which limit ended a run, and the figure it had for that run: the platform's own may be another one by now.
ALTER TABLE gateway.extension_execution_log
ADD COLUMN limit_kind text,
ADD COLUMN limit_value bigint;

GRANT UPDATE (limit_kind, limit_value) ON gateway.extension_execution_log TO :{app_role};
