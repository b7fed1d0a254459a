CREATE TABLE "proposals" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"edit" jsonb NOT NULL,
	"asked_by" bigint NOT NULL,
	"asked_by_login" text NOT NULL,
	"repository_id" bigint,
	"issue" integer,
	"title" text NOT NULL,
	"why" text NOT NULL,
	"state" text DEFAULT 'asked' NOT NULL,
	"pull" integer,
	"url" text,
	"head" text,
	"code" text,
	"says" text,
	"asked_at" bigint NOT NULL,
	"opened_at" bigint,
	"ended_at" bigint,
	CONSTRAINT "proposals_state" CHECK ("proposals"."state" in ('asked', 'opened', 'merged', 'closed', 'refused')),
	CONSTRAINT "proposals_ended" CHECK (("proposals"."state" in ('asked', 'opened')) = ("proposals"."ended_at" is null)),
	CONSTRAINT "proposals_where" CHECK (("proposals"."repository_id" is null) = ("proposals"."issue" is null))
);
--> statement-breakpoint
CREATE TABLE "steward_tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"do" text NOT NULL,
	"payload" jsonb NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'wanted' NOT NULL,
	"code" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" bigint NOT NULL,
	"asked_at" bigint NOT NULL,
	"done_at" bigint,
	CONSTRAINT "steward_tasks_state" CHECK ("steward_tasks"."state" in ('wanted', 'done', 'refused'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "proposals_key" ON "proposals" USING btree ("key");--> statement-breakpoint
CREATE UNIQUE INDEX "proposals_pull" ON "proposals" USING btree ("pull");--> statement-breakpoint
CREATE INDEX "proposals_open" ON "proposals" USING btree ("asked_at") WHERE "proposals"."state" in ('asked', 'opened');--> statement-breakpoint
CREATE UNIQUE INDEX "steward_tasks_key" ON "steward_tasks" USING btree ("key");--> statement-breakpoint
CREATE INDEX "steward_tasks_due" ON "steward_tasks" USING btree ("next_at") WHERE "steward_tasks"."state" = 'wanted';