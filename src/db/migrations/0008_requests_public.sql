ALTER TABLE "job_requests" ADD COLUMN "ended_as" text;--> statement-breakpoint
CREATE INDEX "job_requests_seq" ON "job_requests" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "job_requests_project" ON "job_requests" USING btree ("project","seq");--> statement-breakpoint
CREATE INDEX "job_requests_person" ON "job_requests" USING btree ("requested_by","seq");--> statement-breakpoint
CREATE INDEX "job_requests_backend" ON "job_requests" USING btree ("backend","seq");--> statement-breakpoint
CREATE INDEX "job_requests_ended" ON "job_requests" USING btree ("ended_as","seq");--> statement-breakpoint
CREATE INDEX "job_requests_created" ON "job_requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "job_requests_by_id" ON "job_requests" USING btree ("id" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "job_requests_by_commit" ON "job_requests" USING btree ("commit" text_pattern_ops);--> statement-breakpoint
ALTER TABLE "job_requests" ADD CONSTRAINT "job_requests_ended_as" CHECK ("job_requests"."ended_as" in ('refused', 'nothing_to_do', 'succeeded', 'failed', 'cancelled'));--> statement-breakpoint
UPDATE "job_requests" SET "ended_as" = CASE WHEN "outcome" <> 'accepted' THEN "outcome" ELSE (
  SELECT CASE
    WHEN NOT coalesce(bool_or("state" = 'failed'), false) THEN 'succeeded'
    WHEN coalesce(bool_and("code" = 'cancelled_by_user') FILTER (WHERE "state" = 'failed' AND "code" <> 'dependency_failed'), true) THEN 'cancelled'
    ELSE 'failed' END
  FROM "jobs" WHERE "jobs"."request" = "job_requests"."id") END
WHERE "completed_at" IS NOT NULL;
