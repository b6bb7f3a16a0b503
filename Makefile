# Needs only Node >= 20.19, npm and make. `make demo` and `make test` set everything up themselves.
.PHONY: demo start test check bench bench-bakeoff proof build clean
STAMP := node_modules/.marquee-installed
SOURCES := $(shell find core bandit client features feedback dashboards src demo scripts benchmarks -type f -not -name '*.test.ts' 2>/dev/null)

demo: build                ## a homepage of real films that learns from simulated members; open the address it prints
	@node dist/src/main.js demo $(ARGS)

start: build               ## the service itself
	@node dist/src/main.js start $(ARGS)

test: build                ## every test; REQUIRE_SERVICES=1 makes an absent server a failure
	@node_modules/.bin/vitest run $(ARGS)

check: build               ## types, lint, format, import boundaries
	@node_modules/.bin/tsc --noEmit -p tsconfig.json
	@node_modules/.bin/eslint .
	@node_modules/.bin/prettier --check --log-level warn .
	@node dist/scripts/check-boundaries.js
	@bash -n .ci/run

bench: build               ## the README's table, on this machine
	@node dist/benchmarks/main.js $(ARGS)

bench-bakeoff: build       ## our bandits beside Vowpal Wabbit, MABWiser and contextualbandits, on the same streams (needs Python)
	@node dist/benchmarks/bakeoff/main.js $(ARGS)

proof: build               ## the long campaigns whole, in resumable parts; evidence goes to docs/evidence
	@node dist/scripts/proof.js $(ARGS)

build: dist/.built

dist/.built: $(STAMP) $(SOURCES) tsconfig.json tsconfig.build.json tsconfig.browser.json
	@echo "building…"
	@node scripts/build-kernels.mjs
	@node_modules/.bin/tsc -p tsconfig.build.json
	@node_modules/.bin/tsc -p tsconfig.browser.json
	@node scripts/copy-assets.mjs
	@touch $@

$(STAMP): package.json package-lock.json
	@echo "installing packages (once)…"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf dist node_modules data bandit/linalg/generated
