CREATE TABLE "backend_silences" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"backend" text NOT NULL,
	"began" bigint NOT NULL,
	"ended" bigint,
	CONSTRAINT "backend_silences_span" CHECK ("backend_silences"."ended" >= "backend_silences"."began")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "backend_silences_open" ON "backend_silences" USING btree ("backend") WHERE "backend_silences"."ended" is null;--> statement-breakpoint
CREATE INDEX "backend_silences_of" ON "backend_silences" USING btree ("backend","began");