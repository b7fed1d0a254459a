DROP INDEX "publications_release";--> statement-breakpoint
ALTER TABLE "publication_files" DROP CONSTRAINT "publication_files_publication_number_pk";--> statement-breakpoint
ALTER TABLE "publication_files" ADD CONSTRAINT "publication_files_publication_release_number_pk" PRIMARY KEY("publication","release","number");--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "reviewers" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "owner_reference" text;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "owner_on" text;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "owner_by" bigint;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "owner_at" bigint;--> statement-breakpoint
CREATE INDEX "publication_files_release" ON "publication_files" USING btree ("release");--> statement-breakpoint
CREATE INDEX "publications_workspace" ON "publications" USING btree ("project","workspace");--> statement-breakpoint
UPDATE "publications" SET "owner_reference" = "reference", "owner_by" = "requested_by", "owner_at" = "requested_at",
	"owner_on" = to_char(to_timestamp("requested_at" / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
	WHERE "reference" IS NOT NULL;--> statement-breakpoint
UPDATE "publication_editions" SET "files" = coalesce((
	SELECT jsonb_agg(jsonb_build_object('release', "publications"."release", 'number', "listed"."of") ORDER BY "listed"."of"::int)
	FROM "publications", jsonb_array_elements("publication_editions"."files") AS "listed"("of")
	WHERE "publications"."id" = "publication_editions"."publication"), '[]'::jsonb);--> statement-breakpoint
UPDATE "publications" SET "set_key" = "sets"."key" FROM (
	SELECT "publication", encode(sha256(convert_to(string_agg("release" || '/' || "number", ',' ORDER BY "release" COLLATE "C", "number"), 'UTF8')), 'hex') AS "key"
	FROM "publication_files" GROUP BY "publication") AS "sets"
	WHERE "sets"."publication" = "publications"."id";--> statement-breakpoint
ALTER TABLE "publication_approvals" DROP COLUMN "reference";--> statement-breakpoint
ALTER TABLE "publications" DROP COLUMN "release";--> statement-breakpoint
ALTER TABLE "publications" DROP COLUMN "request";--> statement-breakpoint
ALTER TABLE "publications" DROP COLUMN "reference";--> statement-breakpoint
ALTER TABLE "publications" ADD CONSTRAINT "publications_owner" CHECK (num_nonnulls("publications"."owner_reference", "publications"."owner_on", "publications"."owner_by", "publications"."owner_at") in (0, 4));