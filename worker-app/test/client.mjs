// Speaks to a running Worker as an operator and as a sender of readings.
import assert from "node:assert/strict";

export const TOKEN = "the-token-of-an-admin";

/** A host's API; every call has ten seconds. */
export class Client {
  constructor(url, token = TOKEN) {
    this.url = url;
    this.token = token;
  }

  async call(method, path, { body, headers = {} } = {}) {
    const authorization = this.token ? { authorization: `Bearer ${this.token}` } : {};
    const response = await fetch(this.url + path, {
      method,
      headers: { "content-type": "application/json", ...authorization, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  }

  /** Calls, and insists on success. */
  async get(path) {
    return this.#insist(await this.call("GET", path));
  }

  async post(path, body, headers) {
    return this.#insist(await this.call("POST", path, { body, headers }));
  }

  async putRule(rule) {
    return this.#insist(await this.call("PUT", `/v1/rules/${rule.id}`, { body: rule }));
  }

  /** Sends readings of one device, `values` each now or at the given time. */
  async read(device, values, ts = Date.now()) {
    const answer = await this.post("/v1/readings", { device, ts, values });
    assert.equal(answer.accepted, 1, `accepted: ${JSON.stringify(answer)}`);
    return answer;
  }

  #insist(answer) {
    assert.ok(answer.status < 300, `${answer.status}: ${answer.text}`);
    return answer.text && answer.headers.get("content-type")?.includes("json") ? answer.json() : answer.text;
  }
}
