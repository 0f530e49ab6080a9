import Core
import JSONText
import Testing

@testable import Vercel

@Suite struct `The variables of a build` {
  private func variables(_ text: String) throws -> BuildVariables {
    BuildVariables(
      try (try JSON(parsing: text)).array.map { try $0.map { try #require(VercelVariable(json: $0)) } } ?? [])
  }

  @Test func `production's own are given, and what nobody may read is named`() throws {
    let given = try variables(
      #"""
      [{"key":"A","value":"a","type":"plain","target":["production","preview"]},
       {"key":"B","value":"b","type":"encrypted","decrypted":true,"target":"production"},
       {"key":"C","value":"c","type":"encrypted","decrypted":true,"target":["preview"]},
       {"key":"D","value":"d","type":"plain","target":["production"],"gitBranch":"main"},
       {"key":"E","value":"","type":"sensitive","target":["production"]},
       {"key":"F","value":"[SENSITIVE]","type":"encrypted","target":["production"]},
       {"key":"G","value":"eyJ2","type":"encrypted","decrypted":false,"target":["production"]},
       {"key":"H","value":"x\u0000y","type":"plain","target":["production"]},
       {"key":"I=J","value":"i","type":"plain","target":["production"]},
       {"key":"PATH","value":"/evil","type":"plain","target":["production"]},
       {"key":"LD_PRELOAD","value":"/evil.so","type":"plain","target":["production"]}]
      """#)
    #expect(given.unreadable == ["E", "F", "G", "H", "I=J"])
    let environment = given.environment(over: ["PATH": "/bin", "A": "ours", "OTHER": "stays"])
    #expect(
      environment == [
        "PATH": "/bin", "A": "a", "B": "b", "OTHER": "stays", "VERCEL_ENV": "production",
        "VERCEL_TARGET_ENV": "production",
      ])
  }
}
