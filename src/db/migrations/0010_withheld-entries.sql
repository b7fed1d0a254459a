CREATE TABLE "ledger_withheld" (
	"commitment" text PRIMARY KEY NOT NULL,
	"salt" text NOT NULL,
	"entry" text NOT NULL,
	"fault" text NOT NULL
);
