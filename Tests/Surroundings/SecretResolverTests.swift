import Core
import Glibc
import Processes
import Surroundings
import TestSupport
import Testing

@Suite struct `A secret` {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func resolve(_ reference: SecretReference, environment: [String: String] = [:]) async throws(Problem) -> Secret {
    var full = environment
    full["PATH"] = "/usr/bin:/bin"
    return try await SecretResolver(environment: full, folder: folder.path, processes: SystemProcessRunner())
      .resolve(reference)
  }

  func code(_ reference: SecretReference, environment: [String: String] = [:]) async -> String? {
    do {
      _ = try await resolve(reference, environment: environment)
      return nil
    } catch {
      #expect(!"\(error) \(error.remedy ?? "")".contains("hunter2"))
      return error.code
    }
  }

  @Test func `is found in each of its places, less one line end`() async throws {
    try folder.write("hunter2\r\n", to: "secret")
    try folder.write("two\nlines\n\n", to: "key")
    #expect(try await resolve(.environment("A"), environment: ["A": "hunter2"]) == Secret("hunter2"))
    #expect(try await resolve(.file("secret")) == Secret("hunter2"))
    #expect(try await resolve(.file(folder.path + "/key")) == Secret("two\nlines\n"))
    #expect(try await resolve(.command(["printf", "%s\n", "hunter2"])) == Secret("hunter2"))
  }

  @Test func `that is missing, empty or unreadable is a problem of its own`() async throws {
    try folder.write("\n", to: "empty")
    try folder.write("a\0b", to: "binary")
    try folder.write(String(repeating: "x", count: 100_000), to: "long")
    #expect(await code(.environment("A")) == "secret.missing")
    #expect(await code(.environment("A"), environment: ["A": ""]) == "secret.empty")
    #expect(await code(.environment("A"), environment: ["A": "\n"]) == "secret.empty")
    #expect(await code(.file("none")) == "secret.missing")
    #expect(await code(.file("empty")) == "secret.empty")
    #expect(await code(.file("binary")) == "secret.unreadable")
    #expect(await code(.file("long")) == "secret.unreadable")
    #expect(await code(.file(".")) == "secret.unreadable")
    #expect(await code(.command(["sh", "-c", "echo hunter2; exit 1"])) == "secret.command-failed")
    #expect(await code(.command(["true"])) == "secret.empty")
    #expect(await code(.command(["no-such-program-here"])) == "process.not-found")
  }
}
