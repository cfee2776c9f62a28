/** Display names that letters and digits alone do not give back (Azure's region list; "(Stage)": on-container-exit.json seq 68). */
const DISPLAY: Readonly<Record<string, string>> = {
  australiacentral: "Australia Central", australiaeast: "Australia East", australiasoutheast: "Australia Southeast",
  austriaeast: "Austria East", belgiumcentral: "Belgium Central", brazilsouth: "Brazil South", brazilsoutheast: "Brazil Southeast",
  canadacentral: "Canada Central", canadaeast: "Canada East", centralindia: "Central India", centralus: "Central US",
  centraluseuap: "Central US EUAP", chilecentral: "Chile Central", chinaeast2: "China East 2", chinanorth3: "China North 3",
  eastasia: "East Asia", eastus: "East US", eastus2: "East US 2", eastus2euap: "East US 2 EUAP", francecentral: "France Central",
  francesouth: "France South", germanynorth: "Germany North", germanywestcentral: "Germany West Central",
  indonesiacentral: "Indonesia Central", israelcentral: "Israel Central", italynorth: "Italy North", japaneast: "Japan East",
  japanwest: "Japan West", jioindiawest: "Jio India West", koreacentral: "Korea Central", koreasouth: "Korea South",
  malaysiawest: "Malaysia West", mexicocentral: "Mexico Central", newzealandnorth: "New Zealand North",
  northcentralus: "North Central US", northcentralusstage: "North Central US (Stage)", northeurope: "North Europe",
  norwayeast: "Norway East", norwaywest: "Norway West", polandcentral: "Poland Central", qatarcentral: "Qatar Central",
  southafricanorth: "South Africa North", southafricawest: "South Africa West", southcentralus: "South Central US",
  southeastasia: "Southeast Asia", southindia: "South India", spaincentral: "Spain Central", swedencentral: "Sweden Central",
  switzerlandnorth: "Switzerland North", switzerlandwest: "Switzerland West", uaecentral: "UAE Central", uaenorth: "UAE North",
  uksouth: "UK South", ukwest: "UK West", usgovarizona: "USGov Arizona", usgovvirginia: "USGov Virginia",
  westcentralus: "West Central US", westeurope: "West Europe", westindia: "West India", westus: "West US", westus2: "West US 2",
  westus3: "West US 3",
};

/** `West US 3` and `westus3` are one place. */
export function shortName(location: string): string {
  return location.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** The form in which the service returns a location (azure-session-pools §3.3). A place not in the table comes back as it was sent. */
export function displayName(location: string): string {
  return DISPLAY[shortName(location)] ?? location;
}
