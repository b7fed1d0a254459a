CREATE TABLE "backend_maintenance" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"backend" text NOT NULL,
	"began" bigint NOT NULL,
	"ended" bigint,
	"why" text NOT NULL,
	CONSTRAINT "backend_maintenance_span" CHECK ("backend_maintenance"."ended" >= "backend_maintenance"."began")
);
--> statement-breakpoint
CREATE TABLE "zone_deeds" (
	"backend" text NOT NULL,
	"agent" text NOT NULL,
	"id" text NOT NULL,
	"told_at" bigint NOT NULL,
	CONSTRAINT "zone_deeds_backend_agent_id_pk" PRIMARY KEY("backend","agent","id")
);
--> statement-breakpoint
ALTER TABLE "jobs" DROP CONSTRAINT "jobs_state_code";--> statement-breakpoint
ALTER TABLE "jobs" DROP CONSTRAINT "jobs_stop_code";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "resets" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "backend_maintenance_open" ON "backend_maintenance" USING btree ("backend") WHERE "backend_maintenance"."ended" is null;--> statement-breakpoint
CREATE INDEX "backend_maintenance_of" ON "backend_maintenance" USING btree ("backend","began");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_resets" CHECK ("jobs"."resets" >= 0 and "jobs"."resets" <= "jobs"."attempts");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_state_code" CHECK (("jobs"."state" = 'pending' and "jobs"."code" in ('created', 'waiting_on_new_task', 'waiting_on_reboot', 'waiting_on_db_maintenance')) or ("jobs"."state" = 'running' and "jobs"."code" in ('initiated', 'preparing', 'prepared', 'executing', 'executed', 'finalizing')) or ("jobs"."state" = 'succeeded' and "jobs"."code" in ('succeeded')) or ("jobs"."state" = 'failed' and "jobs"."code" in ('nonzero_exit', 'unmatched_patterns', 'prepare_failed', 'timed_out', 'job_error', 'internal_error', 'killed_by_admin', 'cancelled_by_user', 'dependency_failed', 'refused_by_zone', 'access_ended')));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_stop_code" CHECK ("jobs"."stop_code" in ('cancelled_by_user', 'killed_by_admin', 'waiting_on_new_task', 'waiting_on_reboot', 'waiting_on_db_maintenance'));