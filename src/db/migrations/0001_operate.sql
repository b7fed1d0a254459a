ALTER TABLE "jobs" DROP CONSTRAINT "jobs_state_code";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "data" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "stop_code" text;--> statement-breakpoint
-- What an older version kept of jobs on real data beyond what may be kept is dropped here.
UPDATE "jobs" SET "data" = CASE WHEN "job_requests"."purpose" = 'dummy' THEN 'dummy' ELSE 'real' END,
	"stop_code" = CASE WHEN "jobs"."cancel_requested_at" IS NOT NULL THEN 'cancelled_by_user' END
	FROM "job_requests" WHERE "job_requests"."id" = "jobs"."request";--> statement-breakpoint
UPDATE "jobs" SET "log_tail" = NULL WHERE "data" = 'real';--> statement-breakpoint
UPDATE "jobs" SET "exit_code" = NULL WHERE "data" = 'real' AND "pool" <> 'database';--> statement-breakpoint
UPDATE "jobs" SET "code" = 'created' WHERE "code" = 'waiting_on_reboot';--> statement-breakpoint
ALTER TABLE "jobs" ALTER COLUMN "data" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "agents" DROP COLUMN "running";--> statement-breakpoint
ALTER TABLE "backend_state" DROP COLUMN "paused_by";--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_data" CHECK ("jobs"."data" in ('real', 'dummy'));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_exit_code" CHECK ("jobs"."exit_code" is null or "jobs"."data" = 'dummy' or "jobs"."pool" = 'database');--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_log_tail" CHECK ("jobs"."log_tail" is null or "jobs"."data" = 'dummy');--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_stop_code" CHECK ("jobs"."stop_code" in ('cancelled_by_user', 'killed_by_admin'));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_stopped" CHECK (("jobs"."cancel_requested_at" is null) = ("jobs"."stop_code" is null));--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_state_code" CHECK (("jobs"."state" = 'pending' and "jobs"."code" in ('created', 'waiting_on_new_task')) or ("jobs"."state" = 'running' and "jobs"."code" in ('initiated', 'preparing', 'prepared', 'executing', 'executed', 'finalizing')) or ("jobs"."state" = 'succeeded' and "jobs"."code" in ('succeeded')) or ("jobs"."state" = 'failed' and "jobs"."code" in ('nonzero_exit', 'unmatched_patterns', 'prepare_failed', 'timed_out', 'job_error', 'internal_error', 'killed_by_admin', 'cancelled_by_user', 'dependency_failed', 'refused_by_zone')));