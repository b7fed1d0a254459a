CREATE TABLE "checks" (
	"sha256" text NOT NULL,
	"suffix" text NOT NULL,
	"facts" text NOT NULL,
	"version" integer NOT NULL,
	"policy" text NOT NULL,
	"report" text NOT NULL,
	"tables" text NOT NULL,
	"blocks" integer NOT NULL,
	"warns" integer NOT NULL,
	"at" bigint NOT NULL,
	"tries" integer NOT NULL,
	"again_at" bigint,
	CONSTRAINT "checks_sha256_suffix_facts_version_policy_pk" PRIMARY KEY("sha256","suffix","facts","version","policy")
);
--> statement-breakpoint
CREATE TABLE "commit_standings" (
	"repository" bigint NOT NULL,
	"commit" text NOT NULL,
	"standing" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "commit_standings_repository_commit_pk" PRIMARY KEY("repository","commit")
);
--> statement-breakpoint
CREATE TABLE "copies" (
	"sha256" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"content" text NOT NULL,
	"made_at" bigint NOT NULL,
	"checked_at" bigint NOT NULL,
	"broken_at" bigint
);
--> statement-breakpoint
CREATE TABLE "copy_sources" (
	"source" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hint_fates" (
	"request" text NOT NULL,
	"hint" text NOT NULL,
	"check_id" text NOT NULL,
	"path" text,
	"fate" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "hint_fates_request_hint_pk" PRIMARY KEY("request","hint")
);
--> statement-breakpoint
CREATE TABLE "loads" (
	"id" text PRIMARY KEY NOT NULL,
	"request" text,
	"sha256" text NOT NULL,
	"size" bigint NOT NULL,
	"person" bigint NOT NULL,
	"session" text NOT NULL,
	"strength" text NOT NULL,
	"signed_in_at" bigint NOT NULL,
	"method" text NOT NULL,
	"purpose" text NOT NULL,
	"range" boolean NOT NULL,
	"sent" bigint NOT NULL,
	"shown" boolean NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "request_checks" (
	"request" text PRIMARY KEY NOT NULL,
	"inputs" text NOT NULL,
	"hints" text NOT NULL,
	"at" bigint NOT NULL,
	"tries" integer NOT NULL,
	"again_at" bigint
);
--> statement-breakpoint
CREATE TABLE "scans" (
	"sha256" text PRIMARY KEY NOT NULL,
	"result" text NOT NULL,
	"engine" text NOT NULL,
	"tries" integer NOT NULL,
	"at" bigint NOT NULL,
	"again_at" bigint
);
--> statement-breakpoint
CREATE TABLE "handed_out" (
	"request" text NOT NULL,
	"batch" integer NOT NULL,
	"number" integer NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "handed_out_request_batch_number_pk" PRIMARY KEY("request","batch","number")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" text PRIMARY KEY NOT NULL,
	"outcome" text NOT NULL,
	"code" text,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"version" integer NOT NULL,
	"told" integer NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "outbox_topic_subject_pk" PRIMARY KEY("topic","subject")
);
--> statement-breakpoint
CREATE TABLE "airlock_settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"request" text NOT NULL,
	"batch" integer NOT NULL,
	"number" integer NOT NULL,
	"attempts" integer NOT NULL,
	"next_at" bigint NOT NULL,
	"failed_at" bigint,
	"code" text,
	CONSTRAINT "uploads_request_batch_number_pk" PRIMARY KEY("request","batch","number")
);
--> statement-breakpoint
CREATE TABLE "failed_notices" (
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"version" integer NOT NULL,
	"code" text NOT NULL,
	"at" bigint NOT NULL,
	"over_at" bigint,
	CONSTRAINT "failed_notices_topic_subject_version_pk" PRIMARY KEY("topic","subject","version")
);
--> statement-breakpoint
CREATE TABLE "recalls_told" (
	"request" text NOT NULL,
	"file" integer NOT NULL,
	"person" bigint NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "recalls_told_request_file_person_pk" PRIMARY KEY("request","file","person")
);
--> statement-breakpoint
CREATE TABLE "comment_texts" (
	"id" text PRIMARY KEY NOT NULL,
	"request" text NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"request" text NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"at" bigint NOT NULL,
	"actor" bigint,
	"entry" text NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "entries_request_seq_pk" PRIMARY KEY("request","seq")
);
--> statement-breakpoint
CREATE TABLE "log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"at" bigint NOT NULL,
	"person" bigint,
	"session" text,
	"workspace" text,
	"request" text,
	"path" text,
	"sha256" text,
	"details" text
);
--> statement-breakpoint
CREATE TABLE "log_chain" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"line" bigint NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "origins" (
	"request" text NOT NULL,
	"path" text NOT NULL,
	"source" text NOT NULL,
	"origin" text NOT NULL,
	CONSTRAINT "origins_request_path_source_pk" PRIMARY KEY("request","path","source")
);
--> statement-breakpoint
CREATE TABLE "rejected_hashes" (
	"request" text NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "rejected_hashes_request_sha256_pk" PRIMARY KEY("request","sha256")
);
--> statement-breakpoint
CREATE TABLE "released" (
	"request" text NOT NULL,
	"batch" integer NOT NULL,
	"number" integer NOT NULL,
	"workspace" text NOT NULL,
	"project" text NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"source" text NOT NULL,
	"size" bigint NOT NULL,
	"at" bigint NOT NULL,
	"state" text NOT NULL,
	"uploaded" integer NOT NULL,
	"revoked" integer NOT NULL,
	"author" bigint NOT NULL,
	"first" bigint NOT NULL,
	"second" bigint NOT NULL,
	CONSTRAINT "released_request_batch_number_pk" PRIMARY KEY("request","batch","number"),
	CONSTRAINT "released_by_two" CHECK ("released"."first" <> "released"."second" and "released"."author" not in ("released"."first", "released"."second"))
);
--> statement-breakpoint
CREATE TABLE "request_files" (
	"request" text NOT NULL,
	"path" text NOT NULL,
	"number" integer NOT NULL,
	"sha256" text NOT NULL,
	"source" text NOT NULL,
	"withdrawn" integer NOT NULL,
	CONSTRAINT "request_files_request_path_pk" PRIMARY KEY("request","path")
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace" text NOT NULL,
	"project" text NOT NULL,
	"author" bigint NOT NULL,
	"state" text NOT NULL,
	"turn" integer NOT NULL,
	"seq" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"submitted_at" bigint,
	"changed_at" bigint NOT NULL,
	"head" text NOT NULL,
	"folded" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"request" text NOT NULL,
	"turn" integer NOT NULL,
	"checker" bigint NOT NULL,
	"seq" integer NOT NULL,
	"commitment" text NOT NULL,
	"nonce" text NOT NULL,
	"record" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "reviews_request_turn_checker_seq_pk" PRIMARY KEY("request","turn","checker","seq")
);
--> statement-breakpoint
CREATE TABLE "seats" (
	"request" text NOT NULL,
	"checker" bigint NOT NULL,
	"kind" text NOT NULL,
	"since" bigint NOT NULL,
	CONSTRAINT "seats_request_checker_pk" PRIMARY KEY("request","checker")
);
--> statement-breakpoint
CREATE TABLE "schedule_times" (
	"schedule" text NOT NULL,
	"due" bigint NOT NULL,
	"clock" text NOT NULL,
	"outcome" text NOT NULL,
	"code" text,
	"request" text,
	"seq" integer,
	"at" bigint NOT NULL,
	CONSTRAINT "schedule_times_schedule_due_pk" PRIMARY KEY("schedule","due")
);
--> statement-breakpoint
CREATE TABLE "announcements" (
	"id" text PRIMARY KEY NOT NULL,
	"person" bigint NOT NULL,
	"at" bigint NOT NULL,
	"told_at" bigint
);
--> statement-breakpoint
CREATE TABLE "challenges" (
	"visitor" text NOT NULL,
	"purpose" text NOT NULL,
	"challenge" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "challenges_visitor_purpose_pk" PRIMARY KEY("visitor","purpose")
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"device" text NOT NULL,
	"person" bigint NOT NULL,
	"first_at" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	CONSTRAINT "devices_device_person_pk" PRIMARY KEY("device","person")
);
--> statement-breakpoint
CREATE TABLE "passkey_confirmations" (
	"passkey" text NOT NULL,
	"operator" bigint NOT NULL,
	"session" text NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "passkey_confirmations_passkey_operator_pk" PRIMARY KEY("passkey","operator")
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" text PRIMARY KEY NOT NULL,
	"person" bigint NOT NULL,
	"login" text NOT NULL,
	"label" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text NOT NULL,
	"state" text NOT NULL,
	"made_in" text NOT NULL,
	"made_at" bigint NOT NULL,
	"used_at" bigint,
	CONSTRAINT "passkeys_counter" CHECK ("passkeys"."counter" >= 0)
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"person" bigint NOT NULL,
	"login" text NOT NULL,
	"strength" text NOT NULL,
	"passkey" text,
	"browser" text NOT NULL,
	"signed_in_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	"ended_at" bigint,
	"ending" text,
	CONSTRAINT "sessions_secret_unique" UNIQUE("secret"),
	CONSTRAINT "sessions_passkey" CHECK (("sessions"."passkey" is not null) = ("sessions"."strength" = 'passkey')),
	CONSTRAINT "sessions_ended" CHECK (("sessions"."ended_at" is null) = ("sessions"."ending" is null))
);
--> statement-breakpoint
CREATE TABLE "sign_ins" (
	"id" text PRIMARY KEY NOT NULL,
	"visitor" text NOT NULL,
	"number" text NOT NULL,
	"address" text NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "sign_ins_number" CHECK ("sign_ins"."number" ~ '^[0-9]{6}$')
);
--> statement-breakpoint
ALTER TABLE "comment_texts" ADD CONSTRAINT "comment_texts_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "origins" ADD CONSTRAINT "origins_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rejected_hashes" ADD CONSTRAINT "rejected_hashes_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "released" ADD CONSTRAINT "released_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "request_files" ADD CONSTRAINT "request_files_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seats" ADD CONSTRAINT "seats_request_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkey_confirmations" ADD CONSTRAINT "passkey_confirmations_passkey_passkeys_id_fk" FOREIGN KEY ("passkey") REFERENCES "public"."passkeys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "hint_fates_check" ON "hint_fates" USING btree ("check_id");--> statement-breakpoint
CREATE INDEX "loads_request" ON "loads" USING btree ("request","person");--> statement-breakpoint
CREATE INDEX "outbox_at" ON "outbox" USING btree ("at");--> statement-breakpoint
CREATE INDEX "failed_notices_over" ON "failed_notices" USING btree ("over_at");--> statement-breakpoint
CREATE UNIQUE INDEX "entries_previous" ON "entries" USING btree ("request","previous");--> statement-breakpoint
CREATE INDEX "entries_actor" ON "entries" USING btree ("actor","at");--> statement-breakpoint
CREATE INDEX "entries_at" ON "entries" USING btree ("at");--> statement-breakpoint
CREATE INDEX "log_at" ON "log" USING btree ("at");--> statement-breakpoint
CREATE INDEX "log_person" ON "log" USING btree ("person");--> statement-breakpoint
CREATE INDEX "log_request" ON "log" USING btree ("request");--> statement-breakpoint
CREATE UNIQUE INDEX "log_chain_line" ON "log_chain" USING btree ("line");--> statement-breakpoint
CREATE UNIQUE INDEX "log_chain_previous" ON "log_chain" USING btree ("previous");--> statement-breakpoint
CREATE INDEX "rejected_hashes_hash" ON "rejected_hashes" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "released_hash" ON "released" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "released_path" ON "released" USING btree ("workspace","path");--> statement-breakpoint
CREATE INDEX "released_project" ON "released" USING btree ("project");--> statement-breakpoint
CREATE UNIQUE INDEX "request_files_number" ON "request_files" USING btree ("request","number");--> statement-breakpoint
CREATE INDEX "request_files_hash" ON "request_files" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "request_files_path" ON "request_files" USING btree ("path");--> statement-breakpoint
CREATE UNIQUE INDEX "requests_one_active" ON "requests" USING btree ("workspace","author") WHERE "requests"."state" in ('draft', 'submitted', 'reviewing', 'consolidating', 'returned');--> statement-breakpoint
CREATE INDEX "requests_workspace" ON "requests" USING btree ("workspace");--> statement-breakpoint
CREATE INDEX "requests_project" ON "requests" USING btree ("project");--> statement-breakpoint
CREATE INDEX "requests_state" ON "requests" USING btree ("state");--> statement-breakpoint
CREATE INDEX "seats_checker" ON "seats" USING btree ("checker");--> statement-breakpoint
CREATE INDEX "schedule_times_outcome" ON "schedule_times" USING btree ("outcome");--> statement-breakpoint
CREATE INDEX "announcements_untold" ON "announcements" USING btree ("at") WHERE "announcements"."told_at" is null;--> statement-breakpoint
CREATE INDEX "passkeys_person" ON "passkeys" USING btree ("person");--> statement-breakpoint
CREATE INDEX "sessions_person" ON "sessions" USING btree ("person","signed_in_at");--> statement-breakpoint
CREATE INDEX "sign_ins_visitor" ON "sign_ins" USING btree ("visitor","created_at");--> statement-breakpoint
CREATE INDEX "sign_ins_created" ON "sign_ins" USING btree ("created_at");
--> statement-breakpoint
CREATE FUNCTION airlock_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER log_chain_append_only BEFORE UPDATE OR DELETE ON log_chain FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER orders_append_only BEFORE UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER handed_out_append_only BEFORE UPDATE OR DELETE ON handed_out FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER origins_append_only BEFORE UPDATE OR DELETE ON origins FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER comment_texts_append_only BEFORE UPDATE OR DELETE ON comment_texts FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
