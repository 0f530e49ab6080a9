import Core
import Testing

@testable import Vercel

/// What the tools write, line by line, and what is read from it.
@Suite struct `The errors in a build's log` {
  struct Case: Sendable, CustomTestStringConvertible {
    var tool: String
    var log: String
    var places: [String]
    var messages: [String]
    var testDescription: String { tool }
  }

  static let cases: [Case] = [
    Case(
      tool: "tsc",
      log: """
        > clinic@1.0.0 build
        > tsc -p .
        src/server/patients.ts(12,5): error TS2304: Cannot find name 'patient'.
        src/server/visits.ts(3,10): error TS2305: Module '"./patients"' has no exported member 'Visit'.
        npm error Lifecycle script `build` failed with error:
        Error: Command "npm run build" exited with 2
        """,
      places: ["src/server/patients.ts:12:5", "src/server/visits.ts:3:10"],
      messages: [
        "error TS2304: Cannot find name 'patient'.",
        "error TS2305: Module '\"./patients\"' has no exported member 'Visit'.",
      ]),
    Case(
      tool: "tsc, pretty",
      log: """
        \u{1B}[96msrc/a.ts\u{1B}[0m:\u{1B}[93m12\u{1B}[0m:\u{1B}[93m5\u{1B}[0m - \u{1B}[91merror\u{1B}[0m\u{1B}[90m TS2304: \u{1B}[0mCannot find name 'x'.

        12     x()
               ~
        Found 1 error in src/a.ts:12
        """, places: ["src/a.ts:12:5"], messages: ["error TS2304: Cannot find name 'x'."]),
    Case(
      tool: "Next.js, types",
      log: """
           ▲ Next.js 15.1.0
           Creating an optimized production build ...
         ✓ Compiled successfully
           Linting and checking validity of types ...
        Failed to compile.

        ./src/app/(shop)/[id]/page.tsx:12:5
        Type error: Type 'string' is not assignable to type 'number'.

          10 |
          11 | export default function Page() {
        > 12 |   const age: number = "x"
             |         ^
        Next.js build worker exited with code: 1 and signal: null
        Error: Command "npm run build" exited with 1
        """,
      places: ["src/app/(shop)/[id]/page.tsx:12:5"],
      messages: ["Type error: Type 'string' is not assignable to type 'number'."]),
    Case(
      tool: "Next.js, module not found",
      log: """
        Failed to compile.

        ./src/app/page.tsx
        Module not found: Can't resolve '@/lib/patients'

        https://nextjs.org/docs/messages/module-not-found

        > Build failed because of webpack errors
        """, places: ["src/app/page.tsx"], messages: ["Module not found: Can't resolve '@/lib/patients'"]),
    Case(
      tool: "Next.js, SWC",
      log: """
        ./src/app/page.tsx
        Error:   x Expected ',', got '}'
           ,-[/vercel/path0/src/app/page.tsx:12:1]
        11 | const a = {
        12 |   b: 1 }
        """, places: ["src/app/page.tsx:12:1"], messages: ["Error: x Expected ',', got '}'"]),
    Case(
      tool: "Next.js, ESLint",
      log: """
        Failed to compile.

        ./src/app/page.tsx
        3:7  Warning: 'b' is assigned a value but never used.  @typescript-eslint/no-unused-vars
        12:5  Error: 'a' is never reassigned. Use 'const' instead.  prefer-const
        14:1  Error: Unexpected var, use let or const instead.  no-var
        """,
      places: ["src/app/page.tsx:12:5", "src/app/page.tsx:14:1"],
      messages: [
        "Error: 'a' is never reassigned. Use 'const' instead. prefer-const",
        "Error: Unexpected var, use let or const instead. no-var",
      ]),
    Case(
      tool: "esbuild",
      log: """
        ✘ [ERROR] Could not resolve "./missing"

            src/main.ts:3:18:
              3 │ import { a } from "./missing"
                ╵                   ~~~~~~~~~~~
        1 error
        """, places: ["src/main.ts:3:18"], messages: ["[ERROR] Could not resolve \"./missing\""]),
    Case(
      tool: "Vite, import",
      log: """
        vite v5.4.0 building for production...
        transforming...
        ✓ 14 modules transformed.
        x Build failed in 312ms
        error during build:
        [vite]: Rollup failed to resolve import "left-pad" from "/vercel/path0/src/main.tsx".
        This is most likely unintended because it can break your application at runtime.
            at viteWarn (file:///vercel/path0/node_modules/vite/dist/node/chunks/dep-CB.js:65839:17)
        """,
      places: ["src/main.tsx"],
      messages: ["[vite]: Rollup failed to resolve import \"left-pad\" from \"/vercel/path0/src/main.tsx\"."]),
    Case(
      tool: "Vite, transform",
      log: """
        error during build:
        [vite:esbuild] Transform failed with 1 error:
        /vercel/path0/src/App.tsx:7:11: ERROR: Expected ">" but found "className"
        file: /vercel/path0/src/App.tsx:7:11
        """, places: ["src/App.tsx:7:11"], messages: ["ERROR: Expected \">\" but found \"className\""]),
    Case(
      tool: "Rollup",
      log: """
        error during build:
        src/main.js (3:9): "b" is not exported by "src/a.js", imported by "src/main.js".
        file: /vercel/path0/src/main.js:3:9
        1: import { a } from "./a.js";
        Error: Command "npm run build" exited with 1
        """, places: ["src/main.js:3:9"],
      messages: ["\"b\" is not exported by \"src/a.js\", imported by \"src/main.js\"."]),
    Case(
      tool: "webpack",
      log: """
        ERROR in ./src/index.js 3:0-24
        Module not found: Error: Can't resolve './missing' in '/vercel/path0/src'
        resolve './missing' in '/vercel/path0/src'
        webpack 5.90.0 compiled with 1 error in 812 ms
        """,
      places: ["src/index.js:3:0"],
      messages: ["Module not found: Error: Can't resolve './missing' in '/vercel/path0/src'"]),
    Case(
      tool: "ts-loader",
      log: """
        ERROR in /vercel/path0/src/a.ts(12,5)
        TS2304: Cannot find name 'x'.
        """, places: ["src/a.ts:12:5"], messages: ["TS2304: Cannot find name 'x'."]),
    Case(
      tool: "Babel", log: "SyntaxError: /vercel/path0/src/a.js: Unexpected token (12:5)", places: ["src/a.js:12:5"],
      messages: ["SyntaxError: /vercel/path0/src/a.js: Unexpected token (12:5)"]),
    Case(
      tool: "Node.js",
      log: """
        /vercel/path0/next.config.js:5
          env: process.env.
                          ^
        SyntaxError: Unexpected token '}'
            at internalCompileFunction (node:internal/vm:73:18)
            at wrapSafe (/vercel/path0/node_modules/x/index.js:1274:20)
        """, places: ["next.config.js:5"], messages: ["SyntaxError: Unexpected token '}'"]),
    Case(
      tool: "Python",
      log: """
        Traceback (most recent call last):
          File "/vercel/path0/api/index.py", line 12, in <module>
            import patients
        ModuleNotFoundError: No module named 'patients'
        """, places: ["api/index.py:12"], messages: ["ModuleNotFoundError: No module named 'patients'"]),
    Case(
      tool: "nothing wrong",
      log: """
        (node:12) Warning: Setting the TLS variable makes it insecure
        src/a.ts:3:5: warning: unused variable
        Listening on 127.0.0.1:3000, built at 12:30:15
        see https://example.com/a.js:3:5 and node_modules/x/index.js:3:5
        0 errors
        """, places: [], messages: []),
  ]

  static func read(_ log: String, isMarked: Bool = true) -> BuildErrors {
    var errors = BuildErrors()
    for line in log.split(separator: "\n", omittingEmptySubsequences: false) {
      errors.take(line.withoutColours, isMarked: isMarked)
    }
    errors.finish()
    return errors
  }

  @Test(arguments: cases) func `file and line are named, with what is wrong there`(_ item: Case) {
    let errors = Self.read(item.log)
    #expect(errors.findings.map(\.place.text) == item.places)
    for (found, wanted) in zip(errors.findings.map(\.message), item.messages) {
      // Of Babel, what stands behind the place is nothing, and the line is the message.
      #expect(found == wanted)
    }
    #expect(errors.last.isEmpty == item.places.isEmpty)
  }

  @Test func `go names its places without a word for an error, in the error output`() {
    let log = "# clinic\n./main.go:12:5: undefined: patient\n./main.go:14:2: x declared and not used"
    #expect(Self.read(log).findings.map(\.place.text) == ["main.go:12:5", "main.go:14:2"])
    #expect(Self.read(log, isMarked: false).findings.isEmpty)
  }

  @Test func `only so much is kept and told of a log without end`() {
    var errors = BuildErrors()
    for index in 0..<20_000 { errors.take("src/a\(index).ts(1,1): error TS1: \(index)", isMarked: true) }
    #expect(errors.findings.count == BuildErrors.mostFindings)
    #expect(errors.last.count == BuildErrors.mostLines)
    #expect(errors.more == 20_000 - BuildErrors.mostFindings)
    #expect(errors.words.map { $0.utf8.count < 2_000 } == true)
    #expect(errors.words?.contains("and 19997 more") == true)
  }

  @Test(arguments: [
    "", ":", "(", "a.ts(", "a.ts(1,", "a.ts:99999999999999999999", "File \"", "File \"x.py\", line ", " (1:2)",
  ])
  func `halves of places are none`(_ text: String) {
    #expect(SourcePlace.find(in: text) == nil)
    #expect(Self.read(text).findings.isEmpty)
  }
}

@Suite struct `Lines that are quoted` {
  @Test(arguments: [
    ("plain words stay", "plain words stay"),
    ("\u{1B}[31mred\u{1B}[0m and \u{7}\u{202E}hidden\u{200B}", "red and hidden"),
    ("connect postgres://admin:hunter2@db.example:5432/x failed", "connect postgres://‹…›@db.example:5432 failed"),
    ("GET https://a.example/x?key=1 refused", "GET https://a.example/x?‹…› refused"),
    ("STRIPE_SECRET_KEY=sk_live_1 is wrong", "STRIPE_SECRET_KEY=‹…› is wrong"),
    ("password: hunter2 refused", "password: ‹…› refused"), ("Authorization: Bearer abc", "Authorization: Bearer ‹…›"),
    ("Authorization: Basic YWJj refused", "Authorization: Basic ‹…› refused"),
    ("DB_PASSWORD = hunter2 refused", "DB_PASSWORD = ‹…› refused"), ("run --password p now", "run --password ‹…› now"),
    (#"got {"user":"x","password":"p"} back"#, "got ‹…› back"), ("user=a;password=p", "‹…›"),
    ("postgres://u:p/ss@h/db is down", "postgres://‹…›@h is down"), ("cpf=12345678909", "‹…›"),
    (#"{"cpf":"123.456.789-09"}"#, "‹…›"),
    ("use Bearer abc now", "use Bearer ‹…› now"),
    ("key 0123456789abcdef0123456789abcdef", "key ‹…›"), ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.x", "‹…›"),
    ("patient 123.456.789-09 missing", "patient ‹…› missing"), ("mail ana.souza@example.com", "mail ‹…›"),
    ("Cannot find module '@acme/ui' or react@18.2.0", "Cannot find module '@acme/ui' or react@18.2.0"),
    ("src/components/patients/List.tsx(12,5): error TS2304", "src/components/patients/List.tsx(12,5): error TS2304"),
    ("Property 'token' does not exist on type 'Session'.", "Property 'token' does not exist on type 'Session'."),
  ])
  func `what looks like a secret, a person or a command to a terminal is taken out`(_ text: String, _ shown: String) {
    #expect(QuotedLine.of(text) == shown)
  }

  @Test func `they are short`() {
    #expect(QuotedLine.of(String(repeating: "word ", count: 100_000)).count <= 202)
  }
}
