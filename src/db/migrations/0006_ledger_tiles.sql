CREATE TABLE "ledger_checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"root" text NOT NULL,
	"note" text NOT NULL,
	"signed_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_tiles" (
	"level" integer NOT NULL,
	"place" bigint NOT NULL,
	"hashes" "bytea" NOT NULL,
	CONSTRAINT "ledger_tiles_level_place_pk" PRIMARY KEY("level","place"),
	CONSTRAINT "ledger_tiles_whole" CHECK (octet_length("ledger_tiles"."hashes") between 32 and 8192 and octet_length("ledger_tiles"."hashes") % 32 = 0)
);
--> statement-breakpoint
-- Hashes do not compress, and parts of a tile are read: no time is spent on trying.
ALTER TABLE "ledger_tiles" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;