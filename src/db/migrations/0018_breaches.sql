CREATE TABLE "breaches" (
	"id" text PRIMARY KEY NOT NULL,
	"repository_id" bigint NOT NULL,
	"issue" integer NOT NULL,
	"issue_id" bigint NOT NULL,
	"opened_by" bigint NOT NULL,
	"opened_at" bigint NOT NULL,
	"due_at" bigint NOT NULL,
	"closed_by" bigint,
	"closed_at" bigint,
	CONSTRAINT "breaches_issue" UNIQUE("repository_id","issue"),
	CONSTRAINT "breaches_closed" CHECK (("breaches"."closed_by" is null) = ("breaches"."closed_at" is null))
);
--> statement-breakpoint
CREATE TABLE "onboardings" (
	"repository_id" bigint PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"pull" integer,
	"skeleton" text NOT NULL,
	"code" text,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "onboardings_pull" CHECK ("onboardings"."state" in ('asked', 'refused') or "onboardings"."pull" is not null)
);
--> statement-breakpoint
CREATE INDEX "breaches_open" ON "breaches" USING btree ("due_at") WHERE "breaches"."closed_at" is null;