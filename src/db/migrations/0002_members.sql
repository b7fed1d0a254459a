CREATE TABLE "member_attempts" (
	"state" text PRIMARY KEY NOT NULL,
	"browser" text NOT NULL,
	"next" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "member_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"what" text NOT NULL,
	"person" bigint,
	"session" text,
	"backend" text,
	"release" text,
	"file" integer,
	"sha256" text,
	"code" text,
	CONSTRAINT "member_log_what" CHECK ("member_log"."what" in ('LOGIN', 'LOGOUT', 'LOGIN_FAILED', 'ACCESS_DENIED', 'SIGN_IN_CODE', 'RELEASED_LISTING_VIEW', 'RELEASED_FILE_VIEW', 'RELEASED_FILE_DOWNLOAD')),
	CONSTRAINT "member_log_bytes" CHECK ("member_log"."what" not in ('RELEASED_FILE_VIEW', 'RELEASED_FILE_DOWNLOAD') or ("member_log"."release" is not null and "member_log"."file" is not null and "member_log"."sha256" is not null and "member_log"."person" is not null))
);
--> statement-breakpoint
CREATE TABLE "member_sessions" (
	"secret" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"person" bigint NOT NULL,
	"login" text NOT NULL,
	"browser" text NOT NULL,
	"created_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "member_sessions_id" UNIQUE("id")
);
--> statement-breakpoint
CREATE INDEX "member_attempts_expiry" ON "member_attempts" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "member_log_person" ON "member_log" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "member_log_release" ON "member_log" USING btree ("release","file");--> statement-breakpoint
CREATE INDEX "member_sessions_person" ON "member_sessions" USING btree ("person");--> statement-breakpoint
CREATE INDEX "member_sessions_expiry" ON "member_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE FUNCTION "member_log_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'member_log is append-only'; END $$;
--> statement-breakpoint
CREATE TRIGGER "member_log_append_only" BEFORE UPDATE OR DELETE ON "member_log" FOR EACH ROW EXECUTE FUNCTION "member_log_append_only"();
