CREATE TABLE "end_warnings" (
	"key" text PRIMARY KEY NOT NULL,
	"place" text NOT NULL,
	"batch" text NOT NULL,
	"round" integer NOT NULL,
	"end" jsonb NOT NULL,
	"until" text NOT NULL,
	"warned_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "repository_clocks" (
	"repository" bigint PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"started_at" bigint,
	"first_job" text,
	"state" text NOT NULL,
	"due" text,
	"flip" text,
	"why" text,
	"topics" jsonb,
	"public_since" bigint,
	"asked_at" bigint,
	"proposal" text,
	"blocked" jsonb,
	"task" text,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "repository_clocks_state" CHECK ("repository_clocks"."state" in ('open-ended', 'exempt', 'running', 'due', 'blocked', 'public', 'gone')),
	CONSTRAINT "repository_clocks_started" CHECK (("repository_clocks"."started_at" is null) = ("repository_clocks"."first_job" is null)),
	CONSTRAINT "repository_clocks_public" CHECK (("repository_clocks"."public_since" is not null) = ("repository_clocks"."state" = 'public'))
);
--> statement-breakpoint
CREATE TABLE "repository_signoffs" (
	"repository" bigint NOT NULL,
	"item" text NOT NULL,
	"by" bigint NOT NULL,
	"login" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "repository_signoffs_repository_item_pk" PRIMARY KEY("repository","item")
);
--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "purpose" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "notify" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "created_by" bigint;--> statement-breakpoint
CREATE INDEX "end_warnings_place" ON "end_warnings" USING btree ("place","batch");--> statement-breakpoint
CREATE INDEX "repository_clocks_state" ON "repository_clocks" USING btree ("state","due","repository");--> statement-breakpoint
CREATE INDEX "repository_clocks_due" ON "repository_clocks" USING btree ("due","repository");--> statement-breakpoint
CREATE INDEX "repository_clocks_project" ON "repository_clocks" USING btree ("project");