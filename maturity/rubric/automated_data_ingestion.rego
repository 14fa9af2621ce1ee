package maturity.criteria.automated_data_ingestion

import data.maturity.lib

# Data on the way to training, or taken by code that is named for taking data.
sources := [f | some f in lib.wired(["data.fetch"]); feeds(f); not watches(f); not answers_only(f)]

stored := [f | some f in lib.wired(["http.get", "data.object"]); gathers(f); not watches(f); not answers_only(f)]

# What an application reads to answer its users is not gathered for training. A page
# of documentation that names the commands of both connects nothing.
answers_only(f) if {
	f.context == "source"
	ids := {id | some id in lib.live(f); lib.entry(id).kind != "documented"}
	count(ids) > 0
	count(ids - applications) == 0
	count(lib.reaching(lib.training_facts, ids)) == 0
}

applications := lib.entries_of(array.concat(lib.of("serving.app"), lib.servers))

feeds(f) if {
	f.context == "source"
	count(lib.with_training([f])) > 0
}

feeds(f) if gathers(f)

# A command of DVC fetches what DVC keeps; a download is one of data if it says so.
feeds(f) if {
	f.context == "command"
	f.tool == "DVC"
	count(kept) > 0
}

feeds(f) if {
	f.context == "command"
	f.tool == "HTTP clients"
	not lib.is_prose(f)
	regex.match(`(?i)\.(csv|tsv|jsonl?|parquet|xlsx?|zip|gz|tgz|npz|h5|data)\b|data`, f.subject)
	regex.match(`https?:|ftp:|\$`, f.subject)
	not regex.match(`(?i)localhost|127\.0\.0\.1|releases/download|install|api\.github|get-pip`, f.subject)
}

feeds(f) if {
	f.context == "command"
	not f.tool in {"DVC", "HTTP clients"}
	not lib.is_prose(f)
}

named(f) := lower(concat(" ", [object.get(f, "function", ""), lib.base(f.path)]))

gathers(f) if {
	f.context == "source"
	regex.match(`ingest|fetch|download|extract|collect|crawl|scrap|poll|produc|acqui|retriev|gather|pull|etl|get_.*data|load_.*data|data_?load|import_|prepare|dataset|raw_|data([^b]|$)`, named(f))
}

watches(f) if regex.match(`monitor|metric|drift|baseline|quality|verify|check|parity|health|smoke|alert|deploy|serv|infer|predict|scor(e|ing)|model`, named(f))

kept := [f | some f in lib.of("data.dvc"); f.detail.remote]

# An import of DVC names its source, and is brought up to date by one command.
imports := [f | some f in lib.of("data.dvc"); f.detail.imported]

builtin := lib.with_training(lib.wired(["data.builtin"]))

loud := [f | some f in array.concat(sources, stored); count(lib.gating(f)) > 0]

lost := array.concat(sources, stored)

elsewhere := lib.unwired(["data.fetch", "data.object"])

answer := lib.met("code gathers the data from its source", loud) if {
	count(loud) > 0
} else := lib.met("DVC imports the data from its source", imports) if {
	count(imports) > 0
} else := lib.met("the data comes with a package that training imports", builtin) if {
	count(builtin) > 0
} else := lib.partial("code gathers data, but goes on without it if that fails", lost) if {
	count(lost) > 0
} else := lib.partial(sprintf("code that gathers data is %s", [lib.where(elsewhere[0])]), elsewhere) if {
	count(elsewhere) > 0
} else := lib.unmet("the data is put in place by hand")
