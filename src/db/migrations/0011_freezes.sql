CREATE TABLE "freeze_acts" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"act" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "freezes" (
	"id" text PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"subject" text,
	"running" text NOT NULL,
	"why" text NOT NULL,
	"by" bigint NOT NULL,
	"by_login" text NOT NULL,
	"at" bigint NOT NULL,
	"lift_by" bigint,
	"lift_by_login" text,
	"lift_at" bigint,
	"lifted_by" bigint,
	"lifted_by_login" text,
	"lifted_at" bigint,
	CONSTRAINT "freezes_scope" CHECK (("freezes"."scope" = 'all') = ("freezes"."subject" is null)),
	CONSTRAINT "freezes_lift" CHECK (num_nulls("freezes"."lift_by", "freezes"."lift_by_login", "freezes"."lift_at") in (0, 3)),
	CONSTRAINT "freezes_lifted" CHECK (num_nulls("freezes"."lifted_by", "freezes"."lifted_by_login", "freezes"."lifted_at") in (0, 3)
        and ("freezes"."lifted_by" is null or ("freezes"."lift_by" is not null and "freezes"."lift_by" <> "freezes"."lifted_by")))
);
--> statement-breakpoint
CREATE INDEX "freezes_on" ON "freezes" USING btree ("scope","subject") WHERE "freezes"."lifted_at" is null;