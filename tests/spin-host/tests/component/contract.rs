use crate::support::Host;

#[test]
fn stores_keep_the_contracts_of_their_ports() {
    let host = Host::start_component("spin_contract", &[]);

    let answer = host.client.get("/");

    assert_eq!(answer.status, 200, "{}", answer.body);
}
