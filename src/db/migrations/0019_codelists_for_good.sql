-- What is published stays as it is: only whether it was tagged is found out later.
CREATE FUNCTION "codelists_for_good"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a published codelist never changes'; END $$;
--> statement-breakpoint
CREATE TRIGGER "codelist_versions_for_good" BEFORE DELETE OR UPDATE OF "id", "list", "version", "number", "content", "sha1", "sha256", "codes", "history", "pull", "head", "commit", "author", "signers", "published_at" ON "codelist_versions" FOR EACH ROW EXECUTE FUNCTION "codelists_for_good"();
--> statement-breakpoint
CREATE TRIGGER "codelist_entries_for_good" BEFORE UPDATE OR DELETE ON "codelist_entries" FOR EACH ROW EXECUTE FUNCTION "codelists_for_good"();
--> statement-breakpoint
CREATE TRIGGER "codelist_hashes_for_good" BEFORE UPDATE OR DELETE ON "codelist_hashes" FOR EACH ROW EXECUTE FUNCTION "codelists_for_good"();
