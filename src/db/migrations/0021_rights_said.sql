CREATE TABLE "rights_said" (
	"leaf" bigint PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"said_at" bigint NOT NULL,
	"replaced_at" bigint,
	"held" boolean NOT NULL,
	"what" text NOT NULL,
	"project" text,
	"person" bigint,
	"name" text,
	"first_day" text,
	"last_day" text,
	CONSTRAINT "rights_said_order" CHECK ("rights_said"."replaced_at" >= "rights_said"."said_at")
);
--> statement-breakpoint
-- What the log tells already, laid out as src/db/rights.ts does it.
INSERT INTO "rights_said"
SELECT "id", "key", "said_at", CASE WHEN lead("said_at") OVER "later" IS NOT NULL THEN greatest("said_at", lead("said_at") OVER "later") END,
	"b" ->> 'event' <> 'ended', "b" ->> 'what', "b" ->> 'project', ("b" -> 'person' ->> 'id')::bigint, "b" ->> 'name', "b" ->> 'from', "b" ->> 'until'
FROM (
	SELECT "id", "b", (extract(epoch FROM ("e" ->> 'time')::timestamptz) * 1000)::bigint AS "said_at",
		md5(jsonb_build_array("b" -> 'what', "b" -> 'project', "b" -> 'person' -> 'id', "b" -> 'name', "b" -> 'repository', "b" -> 'scope', "b" -> 'from')::text) AS "key"
	FROM (
		SELECT "id", "e", "e" -> 'body' AS "b"
		FROM (SELECT "id", "entry"::jsonb AS "e" FROM "ledger_leaves" WHERE "type" IN ('membership', 'grant')) AS "read"
	) AS "entries"
	WHERE "b" ? 'what'
) AS "rights" WINDOW "later" AS (PARTITION BY "key" ORDER BY "id");
--> statement-breakpoint
CREATE INDEX "rights_said_standing" ON "rights_said" USING btree ("key") WHERE "rights_said"."replaced_at" is null;--> statement-breakpoint
CREATE INDEX "rights_said_days" ON "rights_said" USING gist (int8range("said_at", "replaced_at")) WHERE "rights_said"."held";
