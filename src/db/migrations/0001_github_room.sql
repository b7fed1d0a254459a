CREATE TABLE "commands" (
	"key" text PRIMARY KEY NOT NULL,
	"comment" text NOT NULL,
	"line" integer NOT NULL,
	"repository_id" bigint NOT NULL,
	"place" jsonb NOT NULL,
	"actor_id" bigint NOT NULL,
	"actor_login" text NOT NULL,
	"text" text NOT NULL,
	"sha" text,
	"branch" text,
	"state" text DEFAULT 'seen' NOT NULL,
	"answer" jsonb,
	"created_at" bigint NOT NULL,
	"decided_at" bigint,
	CONSTRAINT "commands_line" UNIQUE("comment","line"),
	CONSTRAINT "commands_state" CHECK ("commands"."state" in ('seen', 'done', 'refused')),
	CONSTRAINT "commands_decided" CHECK (("commands"."state" = 'seen') = ("commands"."decided_at" is null))
);
--> statement-breakpoint
CREATE TABLE "shown_checks" (
	"id" text PRIMARY KEY NOT NULL,
	"repository_id" bigint NOT NULL,
	"sha" text NOT NULL,
	"name" text NOT NULL,
	"round" integer NOT NULL,
	"content" jsonb NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "shown_checks_round" UNIQUE("repository_id","sha","name","round")
);
--> statement-breakpoint
CREATE INDEX "commands_refused" ON "commands" USING btree ("actor_id","decided_at") WHERE "commands"."state" = 'refused';--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_one_working" ON "inbox" USING btree ("repository_id") WHERE "inbox"."state" = 'working';--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_one_sending" ON "outbox" USING btree ("topic","subject") WHERE "outbox"."state" = 'sending';