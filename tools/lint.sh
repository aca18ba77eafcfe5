# ./dev lint: the checks that need no running program. Sourced by ./dev from the repository's root.
# shellcheck shell=bash

# lint [--all]: clang-tidy, which is slow, looks at the sources that changed, or with --all at every
# one; the other checks always look at every file. All of them run, so that one run shows all there
# is to mend.
lint() {
  local list=changed_cxx_sources headers sources failed=()
  [[ ${1:-} != --all ]] || list=cxx_sources
  mapfile -t headers < <(cxx_sources | grep '\.hpp$')
  mapfile -t sources < <("$list" | grep '\.cpp$')
  lint_scripts_catch_what_is_planted || failed+=("the lint scripts' own tests")
  /usr/bin/python3 tools/lint_includes.py || failed+=("include direction")
  /usr/bin/python3 tools/lint_text.py || failed+=("source text")
  shellcheck dev .ci/run tools/*.sh deploy/*/*.sh || failed+=("shell scripts")
  cxx_sources | xargs -r clang-format-19 --dry-run -Werror || failed+=("format (./dev format)")
  headers_compile_alone "${headers[@]}" || failed+=("headers that do not compile alone")
  clang_tidy "${sources[@]}" || failed+=("clang-tidy")
  lint_dashboard || failed+=("the dashboard")
  if ((${#failed[@]} > 0)); then
    printf 'lint failed: %s\n' "${failed[@]}" >&2
    return 1
  fi
  echo "lint: clean (clang-tidy saw ${#sources[@]} sources)"
}

lint_scripts_catch_what_is_planted() {
  /usr/bin/python3 -m unittest discover --quiet --start-directory tools --pattern '*_test.py'
}

# Tracked and new files alike, none that is ignored or was deleted.
cxx_sources() {
  git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' | existing
}

# Against the branch's fork point from origin, or on that branch itself the commit before.
changed_cxx_sources() {
  local base head
  head=$(git rev-parse HEAD)
  base=$(git merge-base origin/HEAD HEAD 2>/dev/null || echo "$head")
  [[ $base != "$head" ]] || base=$(git rev-parse --verify --quiet HEAD~1 || echo "$head")
  {
    git diff --name-only "$base" -- '*.cpp' '*.hpp'
    git ls-files --others --exclude-standard -- '*.cpp' '*.hpp'
  } | existing
}

existing() {
  local file
  while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done
}

# A header that only compiles after another one breaks whoever includes it first. Compiled through
# ccache, so that only what changed since the last time costs anything.
headers_compile_alone() {
  local header sources=()
  for header in "$@"; do
    sources+=("build/lint/${header%.hpp}.cpp")
    mkdir -p "build/lint/$(dirname "$header")"
    echo "#include \"$header\"" >"build/lint/${header%.hpp}.cpp"
  done
  printf '%s\n' "${sources[@]}" |
    xargs -P "$(nproc)" -I{} ccache clang++-19 -std=c++23 -Wall -Wextra -I. -c {} -o {}.o
}

# Types and rules of the dashboard's TypeScript, where its build installs what that takes.
lint_dashboard() {
  cmake -D NPM=/usr/bin/npm -D NODE=/usr/bin/node -D SOURCE=dashboard -D STAGE=build/dashboard \
    -P dashboard/stage.cmake && (cd build/dashboard && /usr/bin/npm run --silent lint)
}

clang_tidy() {
  (($# > 0)) || return 0
  [[ -f build/release/compile_commands.json ]] || cmake --preset release
  printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 clang-tidy-19 --quiet -p build/release \
    2> >(grep -v 'warnings generated' >&2)
}
