extension IgnoreRules {
  /// What the vendor's client leaves out by itself (vercel/vercel, `packages/client/src/utils/index.ts`).
  static let vendor = """
    .hg
    .git
    .gitmodules
    .svn
    .cache
    .next
    .now
    .vercel
    .npmignore
    .dockerignore
    .gitignore
    .*.swp
    .DS_Store
    .wafpicke-*
    .lock-wscript
    .env.local
    .env.*.local
    .venv
    .yarn/cache
    .pnp*
    npm-debug.log
    config.gypi
    node_modules
    __pycache__
    venv
    CVS
    """

  /// The same list goes on with this where a `Cargo.toml` stands at the top.
  static let vendorOfRust = "/target"

  /// What no pattern of a team takes in again: our own state and evidence, files of secrets, and the history of the
  /// source, which holds what was taken out of it.
  static let ours = """
    .git
    .hg
    .svn
    .gatehouse
    gatehouse-evidence.json
    *.dump.zst
    *.dump.zst.part
    .env
    .env.*
    """
}
