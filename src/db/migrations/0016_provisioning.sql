CREATE TABLE "drift" (
	"key" text PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"finding" jsonb NOT NULL,
	"since" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provisions" (
	"project" text PRIMARY KEY NOT NULL,
	"repository_id" bigint NOT NULL,
	"told_at" bigint NOT NULL,
	"proposal" text,
	"code" text
);
--> statement-breakpoint
CREATE TABLE "steward_deeds" (
	"id" text PRIMARY KEY NOT NULL,
	"taken_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "drift_scope" ON "drift" USING btree ("scope");--> statement-breakpoint
CREATE UNIQUE INDEX "provisions_repository" ON "provisions" USING btree ("repository_id");