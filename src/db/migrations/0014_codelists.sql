CREATE TABLE "codelist_codes" (
	"system" text NOT NULL,
	"code" text NOT NULL,
	"term" text NOT NULL,
	"below" integer DEFAULT 0 NOT NULL,
	"above" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "codelist_codes_system_code_pk" PRIMARY KEY("system","code")
);
--> statement-breakpoint
CREATE TABLE "codelist_decisions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"draft" text NOT NULL,
	"code" text NOT NULL,
	"what" text NOT NULL,
	"descendants" boolean NOT NULL,
	"why" text NOT NULL,
	"person" bigint NOT NULL,
	"login" text NOT NULL,
	"at" bigint NOT NULL,
	"undone_at" bigint,
	"undone_by" bigint,
	CONSTRAINT "codelist_decisions_what" CHECK ("codelist_decisions"."what" in ('include', 'exclude')),
	CONSTRAINT "codelist_decisions_undone" CHECK (("codelist_decisions"."undone_at" is null) = ("codelist_decisions"."undone_by" is null))
);
--> statement-breakpoint
CREATE TABLE "codelist_drafts" (
	"id" text PRIMARY KEY NOT NULL,
	"person" bigint NOT NULL,
	"login" text NOT NULL,
	"owner" text NOT NULL,
	"slug" text NOT NULL,
	"version" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"source" text NOT NULL,
	"system" text NOT NULL,
	"since" text,
	"state" text NOT NULL,
	"round" integer DEFAULT 0 NOT NULL,
	"pull" integer,
	"url" text,
	"refused" text,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "codelist_drafts_state" CHECK ("codelist_drafts"."state" in ('draft', 'asked', 'opened', 'ended'))
);
--> statement-breakpoint
CREATE TABLE "codelist_edges" (
	"system" text NOT NULL,
	"parent" text NOT NULL,
	"child" text NOT NULL,
	CONSTRAINT "codelist_edges_system_parent_child_pk" PRIMARY KEY("system","parent","child")
);
--> statement-breakpoint
CREATE TABLE "codelist_entries" (
	"version" text NOT NULL,
	"n" integer NOT NULL,
	"code" text NOT NULL,
	"term" text NOT NULL,
	CONSTRAINT "codelist_entries_version_n_pk" PRIMARY KEY("version","n")
);
--> statement-breakpoint
CREATE TABLE "codelist_hashes" (
	"version" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "codelist_hashes_version_hash_pk" PRIMARY KEY("version","hash")
);
--> statement-breakpoint
CREATE TABLE "codelist_lists" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"system" text NOT NULL,
	"source" text NOT NULL,
	"newest" text NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "codelist_members" (
	"draft" text NOT NULL,
	"code" text NOT NULL,
	"included" boolean NOT NULL,
	"decision" bigint NOT NULL,
	CONSTRAINT "codelist_members_draft_code_pk" PRIMARY KEY("draft","code")
);
--> statement-breakpoint
CREATE TABLE "codelist_pulls" (
	"number" integer PRIMARY KEY NOT NULL,
	"head" text NOT NULL,
	"state" text NOT NULL,
	"title" text NOT NULL,
	"author" bigint NOT NULL,
	"author_login" text NOT NULL,
	"versions" jsonb NOT NULL,
	"faults" integer NOT NULL,
	"signers" jsonb NOT NULL,
	"unpublished" text,
	"said" text,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "codelist_pulls_state" CHECK ("codelist_pulls"."state" in ('open', 'merged', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "codelist_systems" (
	"id" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL,
	"commit" text NOT NULL,
	"codes" integer NOT NULL,
	"taken_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "codelist_verdicts" (
	"digest" text PRIMARY KEY NOT NULL,
	"answer" jsonb NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "codelist_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"list" text NOT NULL,
	"version" text NOT NULL,
	"number" integer NOT NULL,
	"content" text NOT NULL,
	"sha1" text NOT NULL,
	"sha256" text NOT NULL,
	"codes" integer NOT NULL,
	"history" jsonb,
	"pull" integer NOT NULL,
	"head" text NOT NULL,
	"commit" text NOT NULL,
	"author" bigint NOT NULL,
	"signers" jsonb NOT NULL,
	"published_at" bigint NOT NULL,
	"tagged_at" bigint,
	"tag_refused" text,
	CONSTRAINT "codelist_versions_signed" CHECK (jsonb_array_length("codelist_versions"."signers") >= 2)
);
--> statement-breakpoint
CREATE INDEX "codelist_codes_words" ON "codelist_codes" USING gin (to_tsvector('simple', "term"));--> statement-breakpoint
CREATE INDEX "codelist_codes_top" ON "codelist_codes" USING btree ("system","code") WHERE "codelist_codes"."above" = 0;--> statement-breakpoint
CREATE INDEX "codelist_decisions_draft" ON "codelist_decisions" USING btree ("draft","id");--> statement-breakpoint
CREATE INDEX "codelist_drafts_person" ON "codelist_drafts" USING btree ("person","updated_at");--> statement-breakpoint
CREATE INDEX "codelist_drafts_pull" ON "codelist_drafts" USING btree ("pull");--> statement-breakpoint
CREATE INDEX "codelist_edges_up" ON "codelist_edges" USING btree ("system","child");--> statement-breakpoint
CREATE UNIQUE INDEX "codelist_entries_code" ON "codelist_entries" USING btree ("version","code");--> statement-breakpoint
CREATE INDEX "codelist_lists_latest" ON "codelist_lists" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "codelist_lists_words" ON "codelist_lists" USING gin (to_tsvector('simple', "name" || ' ' || "description" || ' ' || replace("id", '/', ' ')));--> statement-breakpoint
CREATE INDEX "codelist_members_in" ON "codelist_members" USING btree ("draft","code") WHERE "codelist_members"."included";--> statement-breakpoint
CREATE INDEX "codelist_pulls_open" ON "codelist_pulls" USING btree ("number") WHERE "codelist_pulls"."state" = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "codelist_versions_number" ON "codelist_versions" USING btree ("list","number");