export {
  FULL_PAGE,
  syntheticCatalogue,
  syntheticMembers,
  type CatalogueSize,
} from '../demo/catalogue/synthetic.js';
