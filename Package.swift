// swift-tools-version: 6.2
import PackageDescription

/// The same compiler settings in every room: Swift 6, explicit existentials, each import written where it is
/// used, and no warning left standing.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Optimised in debug builds as well: for rooms whose tests go through many millions of steps.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A room of the program. Arrows point inwards: see docs/layout.md.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], fast: Bool = false) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: fast ? strict + optimised : strict)
}

/// The tests of a room, in the folder of the same name below `Tests/`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [], fast: Bool = false)
  -> Target
{
  .testTarget(
    name: name + "Tests",
    dependencies: [.target(name: name), "TestSupport"] + (name == "Core" ? [] : ["Core"]) + dependencies,
    path: "Tests/" + name, resources: resources, swiftSettings: fast ? strict + optimised : strict)
}

/// A C library of the system: a module map and shims, nothing else.
func library(_ name: String, pkgConfig: String?, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let flyingFox: Target.Dependency = .product(name: "FlyingFox", package: "FlyingFox")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "gatehouse",
  products: [.executable(name: "gatehouse", targets: ["gatehouse"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    library("CLibCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    library("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
    library("CLibGit2", pkgConfig: "libgit2", apt: "libgit2-dev"),
    library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    library("CExpat", pkgConfig: "expat", apt: "libexpat1-dev"),
    library("CYajl", pkgConfig: "yajl", apt: "libyajl-dev"),
    library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    library("CPgQuery", pkgConfig: nil, apt: "libpg-query-dev"),
    .systemLibrary(name: "CSpawn"),

    room("Curl", ["CLibCurl"]),
    room("Postgres", ["Core", "CLibPQ"]),
    room("Git", ["CLibGit2"]),
    room("OpenSSL", ["COpenSSL"]),
    room("Expat", ["CExpat"]),
    room("Yajl", ["CYajl"]),
    room("Zstd", ["CZstd"]),
    room("PgQuery", ["Core", "CPgQuery", "JSONText"]),

    room("Core"),
    room("JSONText", ["Core", "Yajl"]),
    room("HTTP", ["Core", "Curl"]),
    room("ObjectStorage", ["Core", "HTTP", "OpenSSL", "Expat"]),
    room("Processes", ["Core", "CSpawn"]),
    room("PolicyFile", ["Core", "JSONText", "OpenSSL", yams]),
    room("Attestations", ["Core", "JSONText", "OpenSSL"]),
    room("Evidence", ["Core", "Attestations", "Expat", "Yajl", "JSONText", "OpenSSL"]),
    room("Surroundings", ["Core", "Git", "Processes"]),
    room("Approvals", ["Core", "OpenSSL", "PolicyFile"]),
    room("Controls", ["Core", "Approvals", "JSONText", "OpenSSL", "PolicyFile"]),
    room(
      "Checklist",
      ["Core", "Evidence", "Surroundings", "Processes", "JSONText", "OpenSSL", "Approvals", "Controls"]),
    room("Store", ["Core", "JSONText", "Postgres", grdb]),
    room("Age", ["OpenSSL"]),
    room("Snapshots", ["Age", "Attestations", "Core", "JSONText", "OpenSSL", "Postgres", "Processes", "Yajl", "Zstd"]),
    room("Migrations", ["Core", "JSONText", "OpenSSL", "PgQuery", "Postgres", "Processes"]),
    room("Vercel", ["Core", "HTTP", "JSONText", "OpenSSL"]),
    room("Reviews", ["Core", "HTTP", "JSONText"]),
    room("Health", ["Core", "HTTP", "JSONText", "OpenSSL", "Postgres"], fast: true),
    room("Release", ["Core", "JSONText"]),
    room("Alerts", ["Core", "HTTP", "OpenSSL", "Store"]),
    room("Standins", ["Core", "JSONText", "OpenSSL", flyingFox]),
    room(
      "Commands",
      [
        "Core", "JSONText", "HTTP", "Processes", "PolicyFile", "Evidence", "Surroundings", "Checklist", "Store",
        "Age", "Snapshots", "Migrations", "Vercel", "Reviews", "Health", "Release", "Alerts", "Standins", "Postgres",
        "OpenSSL", "Approvals", "Attestations", "Controls", "ObjectStorage", argumentParser,
      ]),
    .executableTarget(name: "gatehouse", dependencies: ["Commands"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Core", "Processes", "Snapshots", "JSONText"], path: "Tests/Support",
      exclude: ["Programs"], swiftSettings: strict),
    tests("Core"),
    tests("Curl"),
    tests("Postgres"),
    tests("Git", ["Processes"]),
    tests("OpenSSL", ["Processes"]),
    tests("JSONText"),
    tests("Attestations", ["OpenSSL", "JSONText", "Processes"]),
    tests("HTTP", ["JSONText"]),
    tests("ObjectStorage", ["HTTP", "JSONText", "OpenSSL"]),
    tests("Processes"),
    tests("PolicyFile", ["Processes", "JSONText"]),
    tests(
      "Evidence", ["Attestations", "JSONText", "OpenSSL", "Processes", "Yajl"],
      resources: [.copy("Samples"), .copy("Corpus")]),
    tests("Surroundings", ["Processes", "Git"]),
    tests("Approvals", ["OpenSSL", "PolicyFile", "Processes"]),
    tests("Controls", ["Approvals", "PolicyFile", "Processes", "OpenSSL", "JSONText"]),
    tests("Checklist", ["Approvals", "Controls", "Evidence", "Surroundings", "Processes", "JSONText"]),
    tests("Store", ["Postgres", grdb]),
    tests("Age", ["OpenSSL", "Processes"]),
    tests("Snapshots", ["Age", "Attestations", "OpenSSL", "Postgres", "Processes", "JSONText"]),
    tests("Zstd"),
    tests("PgQuery", ["JSONText", "Processes"], resources: [.copy("Samples")]),
    tests(
      "Migrations", ["PgQuery", "Postgres", "Processes", "OpenSSL", "Snapshots", "JSONText"],
      resources: [.copy("Samples")]),
    tests("Vercel", ["HTTP", "Processes", "Standins", "JSONText"]),
    tests("Reviews", ["HTTP", "JSONText"]),
    tests("Health", ["HTTP", "Postgres", "OpenSSL", "Processes", "JSONText"], fast: true),
    tests("Release", ["JSONText"]),
    tests("Alerts", ["HTTP", "JSONText", "OpenSSL", "Store"]),
    tests("Standins", ["HTTP", "JSONText", "OpenSSL", "Processes"]),
    tests("Commands", ["PolicyFile", "JSONText", "Processes", "Release", "Store"]),

    // Runs the built binary as a user does.
    .testTarget(
      name: "AcceptanceTests",
      dependencies: [
        "TestSupport", "Age", "Core", "JSONText", "Postgres", "Processes", "Snapshots", "Standins", "gatehouse",
      ],
      path: "Tests/Acceptance", swiftSettings: strict),
    // The program with a hook that kills it, and the tests that do.
    .executableTarget(
      name: "gatehouse-killable", dependencies: ["Commands", "Core"], path: "Tests/Faults/Killable",
      swiftSettings: strict),
    .testTarget(
      name: "FaultsTests",
      dependencies: [
        "TestSupport", "Core", "JSONText", "Postgres", "Processes", "Snapshots", "Standins", "gatehouse-killable",
      ], path: "Tests/Faults/Cases", swiftSettings: strict),
  ]
)

// `GATEHOUSE_FUZZ=1` adds the readers as a library for `ci/fuzz`, which links it: a package's own executables do not link
// with libFuzzer.
if Context.environment["GATEHOUSE_FUZZ"] != nil {
  package.targets.append(
    .target(
      name: "ReadersUnderFuzz",
      dependencies: ["Core", "Attestations", "Evidence", "PolicyFile", "Approvals", "Controls"],
      path: "Tests/Fuzzing", swiftSettings: strict))
  package.products.append(.library(name: "ReadersUnderFuzz", type: .static, targets: ["ReadersUnderFuzz"]))
}

// `GATEHOUSE_ROOMS=Evidence,Checklist swift test` builds and tests these rooms and what they need, nothing else.
if let wanted = Context.environment["GATEHOUSE_ROOMS"] {
  var kept: Set<String> = []
  var open = wanted.split(separator: ",").flatMap { [String($0), $0 + "Tests"] }
  while let name = open.popLast() {
    guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for dependency in target.dependencies {
      if case .byNameItem(let name, _) = dependency { open.append(name) }
      if case .targetItem(let name, _) = dependency { open.append(name) }
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products.removeAll { product in
    (product as? Product.Executable).map { !kept.isSuperset(of: $0.targets) } ?? false
  }
}
