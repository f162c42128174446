// A KV namespace that takes copies of the rule set and gives none: whoever judges asks their owner.
export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response(null, { status: request.method === "PUT" ? 200 : 404 });
  },
};
