CREATE TABLE "publication_approvals" (
	"publication" text NOT NULL,
	"person" bigint NOT NULL,
	"at" bigint NOT NULL,
	"reference" text,
	CONSTRAINT "publication_approvals_publication_person_pk" PRIMARY KEY("publication","person")
);
--> statement-breakpoint
CREATE TABLE "publication_editions" (
	"publication" text NOT NULL,
	"number" integer NOT NULL,
	"tag" text NOT NULL,
	"state" text DEFAULT 'wanted' NOT NULL,
	"files" jsonb NOT NULL,
	"github_release" bigint,
	"url" text,
	"commit" text,
	"code" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"published_at" bigint,
	"gone_at" bigint,
	CONSTRAINT "publication_editions_publication_number_pk" PRIMARY KEY("publication","number"),
	CONSTRAINT "publication_editions_state" CHECK ("publication_editions"."state" in ('wanted', 'published', 'unwanted', 'gone'))
);
--> statement-breakpoint
CREATE TABLE "publication_files" (
	"publication" text NOT NULL,
	"release" text NOT NULL,
	"number" integer NOT NULL,
	"live" boolean DEFAULT false NOT NULL,
	CONSTRAINT "publication_files_publication_number_pk" PRIMARY KEY("publication","number")
);
--> statement-breakpoint
CREATE TABLE "publications" (
	"id" text PRIMARY KEY NOT NULL,
	"release" text NOT NULL,
	"request" text NOT NULL,
	"project" text NOT NULL,
	"workspace" text NOT NULL,
	"backend" text NOT NULL,
	"repository_id" bigint NOT NULL,
	"set_key" text NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"requested_by" bigint NOT NULL,
	"requested_at" bigint NOT NULL,
	"reference" text,
	"ended_by" bigint,
	"ended_at" bigint,
	"why" text,
	CONSTRAINT "publications_state" CHECK ("publications"."state" in ('draft', 'approved', 'published', 'rejected', 'withdrawn')),
	CONSTRAINT "publications_ended" CHECK (("publications"."state" in ('rejected', 'withdrawn')) = ("publications"."ended_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "publication_approvals" ADD CONSTRAINT "publication_approvals_publication_publications_id_fk" FOREIGN KEY ("publication") REFERENCES "public"."publications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication_editions" ADD CONSTRAINT "publication_editions_publication_publications_id_fk" FOREIGN KEY ("publication") REFERENCES "public"."publications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication_files" ADD CONSTRAINT "publication_files_publication_publications_id_fk" FOREIGN KEY ("publication") REFERENCES "public"."publications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "publication_editions_tag" ON "publication_editions" USING btree ("tag");--> statement-breakpoint
CREATE UNIQUE INDEX "publication_editions_one" ON "publication_editions" USING btree ("publication") WHERE "publication_editions"."state" in ('wanted', 'published');--> statement-breakpoint
CREATE INDEX "publication_editions_due" ON "publication_editions" USING btree ("next_at") WHERE "publication_editions"."state" in ('wanted', 'unwanted');--> statement-breakpoint
CREATE UNIQUE INDEX "publication_files_live" ON "publication_files" USING btree ("release","number") WHERE "publication_files"."live";--> statement-breakpoint
CREATE UNIQUE INDEX "publications_one_open_set" ON "publications" USING btree ("set_key") WHERE "publications"."state" in ('draft', 'approved', 'published');--> statement-breakpoint
CREATE INDEX "publications_release" ON "publications" USING btree ("release");--> statement-breakpoint
CREATE INDEX "publications_repository" ON "publications" USING btree ("repository_id");