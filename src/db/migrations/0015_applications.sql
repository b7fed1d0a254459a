CREATE TABLE "applications" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"repository_id" bigint NOT NULL,
	"issue" integer NOT NULL,
	"issue_id" bigint NOT NULL,
	"applicant" bigint NOT NULL,
	"applicant_login" text NOT NULL,
	"people" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"salt" text NOT NULL,
	"seal" text,
	"turn" integer DEFAULT 0 NOT NULL,
	"number" text,
	"project" text,
	"proposal" text,
	"decided_by" bigint,
	"opened_at" bigint NOT NULL,
	"submitted_at" bigint,
	"decided_at" bigint,
	CONSTRAINT "applications_state" CHECK ("applications"."state" in ('draft', 'submitted', 'in_review', 'returned', 'approved', 'approved_with_conditions', 'deferred', 'rejected', 'withdrawn')),
	CONSTRAINT "applications_sealed" CHECK (("applications"."turn" > 0) = ("applications"."seal" is not null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "applications_issue" ON "applications" USING btree ("repository_id","issue_id");--> statement-breakpoint
CREATE INDEX "applications_open" ON "applications" USING btree ("opened_at") WHERE "applications"."state" in ('draft', 'submitted', 'in_review', 'returned', 'deferred');--> statement-breakpoint
CREATE INDEX "applications_proposal" ON "applications" USING btree ("proposal");